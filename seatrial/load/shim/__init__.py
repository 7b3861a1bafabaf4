"""The code that runs inside Locust; the only place where Locust is imported.

    seatrial_shim.py   what Locust loads beside the user's file
    boot.py            dies with its parent, listens to Locust's events
    recorder.py        counts requests, a second at a time
    sender.py          delivers each second to the engine
    open_model.py      a schedule of arrivals over any Locust file

Start-up is what a user waits for: nothing here imports pydantic.
"""
