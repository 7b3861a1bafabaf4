"""Given to Locust beside the user's file: `locust -f user.py,seatrial_shim.py`.

Self-contained but for the installed package, so that Locust can hand it to remote workers as a file.
"""

from seatrial.load.shim.boot import boot

Requests = boot()  # a user class where `requests:` are given; Locust ignores None
