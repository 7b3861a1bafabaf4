"""May it run? Every reason against it; none of them looks at anything but its arguments."""

from collections.abc import Iterable, Iterator

from seatrial.budget.burn import Burn
from seatrial.budget.standing import COVERED_LEAST, Standing
from seatrial.model.units import format_share


def why_blocked(
    now: Standing, burns: Iterable[Burn], planned: float | None, keep: float, cap: float | None
) -> Iterator[str]:
    """The reasons in words. What is left is taken at its optimistic bound: chance alone must not block.

    `planned`, `keep`, `cap`: shares of the budget.
    """
    if now.remaining is None or now.remaining_at_best is None:
        yield f"the budget is unknown: {now.unknown}"
        return
    if now.covered < COVERED_LEAST:
        yield f"history covers only {now.covered:.0%} of the window so far, and {COVERED_LEAST:.0%} is needed"
    if now.remaining_at_best < keep:
        left, wanted = format_share(now.remaining), format_share(keep)
        yield f"{left} of the error budget is left, and {wanted} has to be kept"
    elif planned is not None and now.remaining_at_best - planned < keep:
        left = format_share(now.remaining - planned)
        wanted = format_share(keep)
        yield f"the worst of this run would leave {left} of the budget, and {wanted} has to be kept"
    if planned is not None and cap is not None and planned > cap:
        yield f"this run may cost {format_share(planned)} of the budget, and its cap is {format_share(cap)}"
    for burn in burns:
        if burn.fires:
            yield f"the budget burns already: {burn.pair} at {burn.long:.3g}x"
