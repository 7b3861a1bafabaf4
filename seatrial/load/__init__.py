"""Load: a Locust process that dies with its parent and tells a histogram a second."""
