"""Each SLI with its objectives before, under and after the fault."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import msgspec

from seatrial.durations import Durations
from seatrial.journal.entries import Phase
from seatrial.measure import Measure
from seatrial.model.objective import Objective
from seatrial.model.units import format_duration
from seatrial.plan.plan import PlannedSli
from seatrial.reading import Latency, Ratio, Reading, Scalar, Unknown
from seatrial.record import Point, RunRecord, SliSeries
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import ObjectiveVerdict
from seatrial.view import text

_TOLD_MAX = 4
"""So many different values of a state are told."""


class Cell(msgspec.Struct, frozen=True):
    """One objective in one phase, ready to be shown."""

    phase: Phase
    asked: str
    status: Status | None
    """None: not judged, for the run never came so far."""
    value: str
    interval: str
    samples: int
    rule: str
    reason: str

    @property
    def when(self) -> str:
        return text.WHEN[self.phase]

    @property
    def word(self) -> str:
        return str(self.status) if self.status is not None else "not judged"

    @property
    def symbol(self) -> str:
        return text.SYMBOLS[self.status] if self.status is not None else "-"


class SliView(msgspec.Struct, frozen=True, dict=True):
    """An SLI as reports tell it."""

    record: RunRecord
    series: SliSeries

    @property
    def spec(self) -> PlannedSli:
        return self.series.spec

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def what(self) -> str:
        return text.describe_sli(self.spec)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Before, under fault, after."""
        return tuple(self._cell(phase) for phase in text.JUDGED)

    @cached_property
    def values(self) -> list[tuple[Point, Scalar]]:
        """Every reading with what is plotted of it."""
        return [(point, self.series.value(point.reading)) for point in self.series.points]

    @cached_property
    def baseline(self) -> float | None:
        """What the SLI was before the fault: the number that relative bounds are multiples of."""
        judged = self.record.verdict.of(self.name, Phase.BASELINE)
        return judged.decision.value if judged is not None else None

    def objective(self, phase: Phase) -> Objective:
        return self.spec.under_fault if phase is Phase.FAULT else self.spec.objective

    def bound(self, objective: Objective) -> float | None:
        """The numeric bound in the SLI's own unit; None where it has none, or no baseline to multiply."""
        if isinstance(objective.bound, str | bool):
            return None
        if objective.relative:
            return objective.factor * self.baseline if self.baseline is not None else None
        return objective.factor

    def absolute(self, phase: Phase) -> Objective | None:
        """The objective of a phase with its bound in the SLI's own unit; None without its baseline."""
        objective = self.objective(phase)
        if not objective.relative:
            return objective
        bound = self.bound(objective)
        return None if bound is None else objective.bounded_by(bound)

    @property
    def unknown_count(self) -> int:
        return sum(value is None for _, value in self.values)

    def _cell(self, phase: Phase) -> Cell:
        judged = self.record.verdict.of(self.name, phase)
        asked = self.objective(phase).text
        if judged is None:
            return Cell(phase, asked, None, "", "", 0, "", _why_not_judged(self.record, phase))
        decision = judged.decision
        return Cell(
            phase=phase,
            asked=judged.objective,
            status=judged.status,
            value=self._value(phase, judged),
            interval=text.interval(decision, self.spec),
            samples=decision.samples,
            rule=decision.rule,
            reason=decision.reason,
        )

    def _value(self, phase: Phase, judged: ObjectiveVerdict) -> str:
        if phase is not Phase.RECOVERY:
            if self.is_state:
                return self.tally(self.record.readings(self.series, phase))
            value = text.measured(judged.decision, self.spec)
            if value and not self.objective(phase).relative:
                return value
            seen = self.estimate(self.record.readings(self.series, phase))
            return ", ".join(
                filter(None, ["" if seen is None else text.in_unit(seen, self.spec.unit), value])
            )
        back_s = judged.decision.value
        since_s = (self.record.undo_ended_s or 0.0) + (back_s or 0.0)
        after = self.series.within(since_s, self.record.duration_s)
        settled = text.in_unit(self.estimate(after), self.spec.unit)
        when = f"back after {format_duration(back_s)}" if back_s is not None else "not back"
        return f"{settled}, {when}" if settled != "unknown" else when

    @property
    def is_state(self) -> bool:
        """Texts, flags and codes are equal or not: a curve through them, or a median, would say nothing."""
        objectives = (self.spec.objective, self.spec.under_fault)
        return any(o.op in ("==", "!=") or isinstance(o.bound, str | bool) for o in objectives)

    def tally(self, readings: Sequence[Reading]) -> str:
        """`200 (35 times) and 503 (3 times)`, the most frequent first; empty for no readings."""
        counts = Counter(text.in_unit(self.series.value(reading), self.spec.unit) for reading in readings)
        return text.listed(
            [f"{word} ({text.counted(n, 'time')})" for word, n in counts.most_common(_TOLD_MAX)]
        )

    def estimate(self, readings: Sequence[Reading]) -> Scalar:
        """The SLI over many readings, as a point.

        All their events together; of values the median, and of texts and flags the most frequent.
        """
        from statistics import median, mode  # whose imports a report without values does without

        if self.spec.measure is Measure.RATIO:
            return _share(readings, counts_bad=self.spec.counts_bad)
        if self.spec.measure is Measure.LATENCY:
            return _quantile_ms(readings)
        values = [value for r in readings if (value := self.series.value(r)) is not None]
        numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
        return median(numbers) if numbers else (mode(values) if values else None)


def _share(readings: Sequence[Reading], *, counts_bad: bool) -> float | None:
    known = [r for r in readings if isinstance(r, Ratio)]
    total = sum(r.total for r in known)
    return sum(r.bad if counts_bad else r.good for r in known) / total if total else None


def _quantile_ms(readings: Sequence[Reading]) -> float | None:
    known = [r for r in readings if isinstance(r, Latency)]
    together = Durations.sum(r.durations for r in known)
    return together.quantile_ms(known[0].quantile) if together.total else None


def _why_not_judged(record: RunRecord, phase: Phase) -> str:
    if phase is Phase.BASELINE:
        return "the run ended before its baseline began"
    if not record.hit and not record.plan.control:
        return "nothing was injected"
    if record.stop is not None:
        return f"the run was stopped before: {record.stop[1].reason}"
    return "the run ended before"


def slis_of(record: RunRecord) -> tuple[SliView, ...]:
    """Every SLI of a run, in the order of the file."""
    return tuple(SliView(record, series) for series in record.slis)


def reasons_unknown(sli: SliView) -> dict[str, int]:
    """Why readings are missing, and how often, the most frequent first."""
    found: dict[str, int] = {}
    for point in sli.series.points:
        if isinstance(point.reading, Unknown):
            found[point.reading.reason] = found.get(point.reading.reason, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))
