"""The error budget of an SLO: what is left, what a run may cost, what it cost.

history (queries) ─▶ Seen ─▶ standing ─┐
                     burn rates ───────┼─▶ gate: may it run?     policy, approval
plan: share, duration ─▶ cost ─────────┘
readings of the run ─▶ spending
"""
