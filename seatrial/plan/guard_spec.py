"""Guards: on what a run is stopped, written down before it begins."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from seatrial.measure import Measure
from seatrial.model.objective import Objective, Unit, format_value
from seatrial.model.record import Record

if TYPE_CHECKING:  # a plan is read without what it was made of
    from seatrial.model.experiment import Experiment
    from seatrial.model.sli import Sli

AVAILABILITY_MIN = 0.99
ERROR_RATIO_MAX = 0.05
LATENCY_FACTOR = 2.0
BLIND_AFTER_S = 10.0
"""An SLI that cannot be read for this long stops the run, whatever it would have shown."""
BLIND_AFTER_READINGS = 3
"""Or for so many readings, where they come more seldom."""


class GuardSpec(Record):
    """One guard: the run stops when this is no longer so."""

    sli: str
    keep: Objective
    """What has to stay true, in the words of an objective."""
    source: Literal["default", "stop_when", "requires"]
    in_a_row: int
    """For values: how many readings in a row break it. Ratios and latencies are bets on every event."""

    blind_after_s: float = BLIND_AFTER_S
    """How long nothing may be seen of its SLI."""
    granted: float = 0.0
    """For a latency bound by its baseline: what the hypothesis itself allows, in ms; never stopped below."""

    @property
    def text(self) -> str:
        """For people: `availability >= 99 %`, `latency <= 2x baseline, at least 300 ms`."""
        bound = format_value(self.keep.bound, self.keep.unit)
        text = " ".join(filter(None, (self.sli, self.keep.quantity, self.keep.op, bound)))
        return f"{text}, at least {format_value(self.granted, Unit.MILLISECONDS)}" if self.granted else text


def guards_of(experiment: "Experiment", every_s: Mapping[str, float]) -> tuple[GuardSpec, ...]:
    """Every guard of an experiment, the user's own first.

    `every_s`: how often SLIs can be read that do not come with every interval.
    """
    return tuple(
        guard.model_copy(update={"blind_after_s": _blind_after_s(every_s.get(guard.sli, 0.0))})
        for guard in _guards_of(experiment)
    )


def _blind_after_s(every_s: float) -> float:
    return max(BLIND_AFTER_S, BLIND_AFTER_READINGS * every_s)


def _guards_of(experiment: "Experiment") -> tuple[GuardSpec, ...]:
    from seatrial.model.experiment import SPENT

    own = [_from_stop_when(one, experiment) for one in experiment.stop_when if one.quantity != SPENT]
    own += [_required(name, sli) for name, sli in experiment.requires.items()]
    covered = {guard.sli for guard in own}
    if not experiment.default_guards:
        return tuple(own)
    others = [(name, sli) for name, sli in experiment.slis.items() if name not in covered]
    return (*own, *(spec for name, sli in others if (spec := _default_spec(name, sli)) is not None))


def _default_spec(name: str, sli: "Sli") -> GuardSpec | None:
    keep = _default(sli)
    if keep is None:
        return None
    allowed = sli.while_faulty
    granted = allowed.factor if keep.relative and allowed.unit is Unit.MILLISECONDS else 0.0
    in_a_row = sli.deviates_at.bad
    return GuardSpec(sli=name, keep=keep, source="default", in_a_row=in_a_row, granted=granted)


def _required(name: str, sli: "Sli") -> GuardSpec:
    return GuardSpec(sli=name, keep=sli.objective, source="requires", in_a_row=sli.deviates_at.bad)


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def _from_stop_when(condition: Objective, experiment: "Experiment") -> GuardSpec:
    """`stop_when` says when to stop; a guard says what to keep: the opposite."""
    name, _, quantity = str(condition.quantity).partition(".")
    bound = condition.text.split(condition.op, 1)[1].strip()
    text = f"{quantity} {_OPPOSITE[condition.op]} {bound}".strip()
    in_a_row = experiment.signals[name].deviates_at.bad
    return GuardSpec(sli=name, keep=Objective(text), source="stop_when", in_a_row=in_a_row)


def _default(sli: "Sli") -> Objective | None:
    """The default guard of an SLI, never tighter than what the hypothesis allows under the fault."""
    measure, allowed = sli.probe.measure, sli.while_faulty
    if measure is Measure.LATENCY:
        return _default_latency(allowed)
    if measure is Measure.RATIO:
        return None if allowed.relative else _default_ratio(sli, allowed)
    is_check = allowed.op in ("==", "!=") or isinstance(allowed.bound, str | bool)
    return allowed if is_check else None


def _default_ratio(sli: "Sli", allowed: Objective) -> Objective:
    if sli.probe.counts_bad:
        bound = max(ERROR_RATIO_MAX, allowed.factor)
        return Objective(f"<= {bound * 100:.12g}%")
    return Objective(f">= {min(AVAILABILITY_MIN, allowed.factor) * 100:.12g}%")


def _default_latency(allowed: Objective) -> Objective:
    if allowed.unit is Unit.BASELINE:
        return Objective(f"<= {max(LATENCY_FACTOR, allowed.factor):.12g}x baseline")
    return Objective(f"<= {LATENCY_FACTOR:.12g}x baseline")
