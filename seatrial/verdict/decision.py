"""What was decided about one objective, and on which evidence."""

from typing import Literal

from seatrial.model.record import NonNegativeInt, Record
from seatrial.verdict.status import Status

Unit = Literal["share", "ms", "x baseline", ""]


class Decision(Record):
    """The answer to one objective in one phase, with its evidence."""

    status: Status
    value: float | None = None
    """The point estimate in the SLI's own terms (see `unit`); None: there is none."""
    unit: Unit = ""
    """Of `value`, `low` and `high`: a share from 0 to 1, milliseconds, a multiple of the baseline, or the
    probe's own unit (empty)."""
    low: float | None = None
    """Lower end of the confidence interval of `value`; None: there is none, or it has no end."""
    high: float | None = None
    """Upper end of the confidence interval of `value`; None: there is none, or it has no end."""
    samples: NonNegativeInt
    """Events or readings in the judged window."""
    rule: str
    """The name of the rule that decided."""
    reason: str
    """One sentence for people, with numbers and units."""
