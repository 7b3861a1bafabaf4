"""Values, intervals and moments of a run as people read them: the same words in every report."""

from typing import Final

from seatrial.journal.entries import Phase, UndoResult
from seatrial.measure import Measure
from seatrial.model.objective import Unit, format_value
from seatrial.model.units import format_duration
from seatrial.plan.plan import PlannedSli
from seatrial.reading import Scalar
from seatrial.verdict.decision import Decision
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import Outcome

JUDGED: Final = (Phase.BASELINE, Phase.FAULT, Phase.RECOVERY)
"""The phases in which objectives are judged."""
WHEN: Final = {Phase.BASELINE: "Before", Phase.FAULT: "Under fault", Phase.RECOVERY: "After"}
SYMBOLS: Final = {Status.HELD: "✓", Status.DEVIATED: "✕", Status.UNKNOWN: "?"}
OUTCOME_SYMBOLS: Final = {
    Outcome.PASSED: "✓",
    Outcome.FAILED: "✕",
    Outcome.INCONCLUSIVE: "?",
    Outcome.UNDO_INCOMPLETE: "!",
    Outcome.INTERRUPTED: "■",
}
UNDO_WORDS: Final = {
    UndoResult.RESTORED: "restored",
    UndoResult.ALREADY: "was already as before",
    UndoResult.FOREIGN: "left alone: changed by somebody else",
    UndoResult.EXPIRES: "left to end by itself",
    UndoResult.NOT_BACK: "not brought back by its supervisor",
    UndoResult.FAILED: "NOT verified as undone",
}
SETTLED_RULE: Final = "settled"
"""The rule of recovery, whose value is the seconds until an SLI was back."""


def outcome_word(outcome: Outcome) -> str:
    """`Passed`, `Undo incomplete`."""
    return outcome.value.capitalize()


def in_unit(value: Scalar, unit: str) -> str:
    """A value of an SLI: `99.95 %` of 0.9995, `287 ms`, `12 bytes`, `unknown`."""
    try:
        return format_value(value, Unit(unit))
    except ValueError:
        return f"{format_value(value, Unit.NONE)} {unit}"


def measured(decision: Decision, sli: PlannedSli) -> str:
    """The value that a decision rests on; empty where it has none."""
    return _number(decision.value, decision, sli)


def interval(decision: Decision, sli: PlannedSli) -> str:
    """`99.2 % to 99.9 %`, `at least 12 ms`; empty where there is none."""
    low, high = (_number(end, decision, sli) for end in (decision.low, decision.high))
    if low and high:
        return f"{low.removesuffix(' baseline')} to {high}"
    if low:
        return f"at least {low}"
    return f"at most {high}" if high else ""


def _number(value: float | None, decision: Decision, sli: PlannedSli) -> str:
    if value is None:
        return ""
    if decision.rule == SETTLED_RULE:
        return f"back after {format_duration(value)}"
    unit = {"share": Unit.SHARE, "ms": Unit.MILLISECONDS, "x baseline": Unit.BASELINE}.get(decision.unit)
    return in_unit(value, sli.unit) if unit is None else format_value(value, unit)


def describe_sli(sli: PlannedSli) -> str:
    """What it is, in words: `p95 latency, seen by load`."""
    if sli.measure is Measure.LATENCY:
        quantile = f"p{sli.quantile * 100:.10g} " if sli.quantile else ""
        what = f"{quantile}latency"
    elif sli.measure is Measure.RATIO:
        what = "share of bad events" if sli.counts_bad else "share of good events"
    else:
        what = sli.quantity or "value"
    return f"{what}, seen by {sli.probe}"


def clock(t_s: float, *, tenths: bool = False) -> str:
    """Time since the run began: `1:05`, `1:01:05`, with tenths `1:05.2`."""
    total = round(max(t_s, 0.0) * 10) if tenths else int(max(t_s, 0.0)) * 10
    minutes, rest = divmod(total, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 10:02d}" + (f".{rest % 10}" if tenths else "")
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 target`, `2 targets`, `3,600 readings`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
