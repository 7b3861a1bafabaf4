"""The Chaos Toolkit: its experiments and drivers, run as they are.

    worker.py ──a request──▶ hand (chaoslib, drivers) ──an outcome──▶        killable, with all it started
       └──▶ template, which has paid for the imports and forks hands in two milliseconds

Only the hands import chaoslib and drivers: its state belongs to the process, and so does whatever hangs.
"""
