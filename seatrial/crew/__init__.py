"""Killable work: actions run in worker processes, never in the one that decides.

    runner ──fork me a hand──▶ template (actions imported once) ──fork──▶ hand, hand, hand
       └───────── one socket a hand: a verb in, an outcome out ─────────▶

A hand that does not answer in time is killed with its whole process group; another takes its
place in two milliseconds.
"""
