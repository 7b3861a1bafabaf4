"""Guards at work: fed with every reading from the moment of injection, they never wait for an action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seatrial.measure import Measure
from seatrial.model.objective import Objective, Unit, format_value
from seatrial.plan.guard_spec import GuardSpec
from seatrial.plan.plan import Plan, PlannedSli
from seatrial.reading import Latency, Ratio, Reading, Value
from seatrial.record import quantity_of
from seatrial.verdict.crossings import Crossings
from seatrial.verdict.doubt import at_fastest
from seatrial.verdict.e_process import Blind, Consecutive, EProcess, split_alpha
from seatrial.verdict.waiting import cross, usual_of


@dataclass(frozen=True)
class Breach:
    """A guard that broke."""

    guard: str
    sli: str
    reason: str
    of_environment: bool
    """True where this says nothing of the service: nothing was seen, or a requirement broke."""


class Guards:
    """Guards at work on some signals of a plan, armed with what the baseline was."""

    def __init__(
        self,
        plan: Plan,
        signals: Sequence[PlannedSli],
        baseline: Mapping[str, Sequence[Reading]],
        now_s: float,
    ) -> None:
        alpha = split_alpha(plan.guard_false_stop, max(1, len(plan.guards)))
        named = {signal.name: signal for signal in signals}
        environment = {signal.name for signal in plan.requires}
        self._guards = [
            _Guard(spec, named[spec.sli], baseline.get(spec.sli, ()), alpha, now_s, spec.sli in environment)
            for spec in plan.guards
            if spec.sli in named
        ]

    def look(self, sli: str, reading: Reading, now_s: float) -> Breach | None:
        """Feed one reading; the first breach, if any."""
        for guard in self._guards:
            if guard.spec.sli == sli and (breach := guard.look(reading, now_s)):
                return breach
        return None


class _Guard:
    def __init__(  # noqa: PLR0917  private, made in one place
        self,
        spec: GuardSpec,
        sli: PlannedSli,
        baseline: Sequence[Reading],
        alpha: float,
        now_s: float,
        of_environment: bool,
    ) -> None:
        self.spec = spec
        self._of_environment = of_environment
        self._sli = sli
        self._blind = Blind(spec.blind_after_s, now_s)
        self._bound = _absolute_bound(spec, sli, baseline)
        self._bet = EProcess(_limit(spec.keep, sli, baseline), alpha)
        self._row = Consecutive(spec.in_a_row)
        self._crossings = Crossings(self._bound, usual_of(baseline))

    def look(self, reading: Reading, now_s: float) -> Breach | None:
        if isinstance(reading, Latency):
            reading = at_fastest(reading)  # only what is surely slow may stop a run
        bad, total = self._events(reading)
        if self._blind.update(now_s, isinstance(reading, Value) or total > 0):
            return self._breach(
                f"nothing was seen of {self._sli.name} for {self.spec.blind_after_s:g} s",
                of_environment=not self._sli.from_load,
            )
        if isinstance(reading, Value):
            return self._look_at_value(reading)
        return self._look_at_events(bad, total)

    def _events(self, reading: Reading) -> tuple[int, int]:
        """(bad, all) of a reading; none of all where it is of another kind."""
        if isinstance(reading, Ratio):
            return reading.bad, reading.total
        return cross(reading, self._bound, self._crossings) if isinstance(reading, Latency) else (0, 0)

    def _look_at_events(self, bad: int, total: int) -> Breach | None:
        if not self._bet.update(bad, total):
            return None
        is_latency = self._sli.measure is Measure.LATENCY
        what = f"slower than {format_value(self._bound, Unit.MILLISECONDS)}" if is_latency else "bad"
        return self._breach(
            f"{bad} of {total} {what} in the last reading; the odds that this is chance are below "
            f"1 in {1 / self._bet.alpha:.0f}"
        )

    def _look_at_value(self, reading: Value) -> Breach | None:
        value = quantity_of(reading, self._quantity)
        if not self._row.update(self._keeps(value)):
            return None
        shown = format_value(value, self.spec.keep.unit)
        note = f" ({reading.note})" if reading.note else ""
        return self._breach(
            f"{self._quantity or 'it'} was {shown}{note}, {self.spec.in_a_row} readings in a row"
        )

    @property
    def _quantity(self) -> str | None:
        return self.spec.keep.quantity or self._sli.quantity

    def _keeps(self, value: float | bool | str | None) -> bool:
        if self.spec.keep.relative:
            return isinstance(value, int | float) and _compare(self.spec.keep, value, self._bound)
        return self.spec.keep.holds(value)

    def _breach(self, reason: str, *, of_environment: bool = False) -> Breach:
        return Breach(
            guard=self.spec.text,
            sli=self._sli.name,
            reason=reason,
            of_environment=of_environment or self._of_environment,
        )


def _compare(objective: Objective, value: float, bound: float) -> bool:
    return value <= bound if objective.upper else value >= bound


def _absolute_bound(spec: GuardSpec, sli: PlannedSli, baseline: Sequence[Reading]) -> float:
    """The bound in the SLI's own unit; for a relative one, times what the baseline was."""
    keep = spec.keep
    if sli.measure is Measure.LATENCY and keep.relative:
        return max(keep.factor * _baseline_ms(baseline), spec.granted)
    if keep.relative:
        return keep.factor * _baseline_value(baseline, keep.quantity or sli.quantity)
    return keep.factor if isinstance(keep.bound, int | float) else 0.0


def _limit(keep: Objective, sli: PlannedSli, baseline: Sequence[Reading]) -> float:
    """The share of bad events that the bet allows."""
    if sli.measure is Measure.LATENCY:
        known = [r.quantile for r in baseline if isinstance(r, Latency)]
        return 1 - (sli.quantile or (known[0] if known else 0.95))
    if sli.measure is Measure.RATIO:
        usual_bad = _baseline_bad_share(baseline)
        usual = (usual_bad if sli.counts_bad else 1 - usual_bad) if keep.relative else 1.0
        allowed = keep.factor * usual
        return min(0.999, max(0.0, allowed if sli.counts_bad else 1 - allowed))
    return 0.0


def _baseline_ms(baseline: Sequence[Reading]) -> float:
    from seatrial.histogram import merged, quantile_ms

    known = [r for r in baseline if isinstance(r, Latency)]
    return quantile_ms(merged(r.histogram for r in known), known[0].quantile) if known else 0.0


def _baseline_value(baseline: Sequence[Reading], quantity: str | None) -> float:
    from statistics import median

    values = [quantity_of(r, quantity) for r in baseline if isinstance(r, Value)]
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return median(numbers) if numbers else 0.0


def _baseline_bad_share(baseline: Sequence[Reading]) -> float:
    """Never 0, for no multiple of nothing could be kept: at least one bad event is granted."""
    known = [r for r in baseline if isinstance(r, Ratio)]
    total = sum(r.total for r in known)
    return max(1, sum(r.bad for r in known)) / total if total else 1.0
