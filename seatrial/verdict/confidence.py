"""How sure a rule is of what it says."""

ALPHA = 0.10
"""Both tails of an interval together: each end is wrong in at most 5 % of windows."""


def confidence(alpha: float) -> str:
    """Of one end, for people: `95 %`."""
    return f"{100 * (1 - alpha / 2):.3g} %"
