"""A value objective, `status == 200`, `queue < 100`: N of M consecutive readings decide."""

from collections.abc import Sequence

from seatrial.verdict.counts import UNSEEN_SHARE_MAX
from seatrial.verdict.decision import Decision, Unit
from seatrial.verdict.status import Status

BREACHES = 3
WINDOW = 5


def judge_readings(
    met: Sequence[bool | None],
    breaches: int = BREACHES,
    window: int = WINDOW,
    *,
    value: float | None = None,
    unit: Unit = "",
) -> Decision:
    """Decide from readings in order: True the objective was met, False it was not, None unknown.

    Deviated: in any `window` consecutive readings at least `breaches` were not met. Else unknown: fewer
    than `window` readings are known, or more than a third of all are not. Else held. An unknown reading
    never counts as a breach here: blindness is the guards' business. `value` is passed on, such as the
    median reading. ValueError: not 1 <= breaches <= window.
    """
    if not 1 <= breaches <= window:
        raise ValueError(f"{breaches} of {window} readings is not a rule")
    missed = [reading is False for reading in met]
    known = sum(reading is not None for reading in met)
    worst = max((sum(missed[start : start + window]) for start in range(len(met))), default=0)
    if worst >= breaches:
        status = Status.DEVIATED
        reason = f"{worst} of {window} consecutive readings missed the objective; {breaches} are too many."
    elif known < window or len(met) - known > UNSEEN_SHARE_MAX * len(met):
        status = Status.UNKNOWN
        reason = (
            f"Only {known} of {len(met)} readings are known; at least {window} and two thirds are needed."
        )
    else:
        status = Status.HELD
        reason = (
            f"{known - sum(missed)} of {known} known readings met the objective, and never did "
            f"{breaches} of {window} in a row miss it."
        )
    return Decision(
        status=status,
        value=value,
        unit=unit,
        samples=len(met),
        rule=f"{breaches} of {window} readings",
        reason=reason,
    )
