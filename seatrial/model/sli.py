"""An SLI: where its readings come from, and what they have to be."""

from typing import ClassVar

from pydantic import Field, model_validator

from seatrial.measure import Measure
from seatrial.model.base import Model
from seatrial.model.fields import Duration, ObjectiveField, ToleranceField
from seatrial.model.objective import Objective, Unit
from seatrial.model.tolerance import Tolerance
from seatrial.probe import Probe


class Sli(Model):
    """A service-level indicator; exactly one probe key says where it is read."""

    probe_names: ClassVar[tuple[str, ...]] = ()
    """The probe keys of the packs at hand; set by the pack's own model."""

    objective: ObjectiveField
    """What it has to be in the steady state: before the fault, and after recovery."""
    under_fault: ObjectiveField | None = None
    """What it has to be while the fault holds; without it the objective itself."""
    deviates_at: ToleranceField = Tolerance("3 of 5")
    """For values: how many readings not met, out of how many in a row, make a deviation."""
    timeout: Duration = Field(default=2.0, gt=0, le=60)
    """How long one reading may take before it counts as unknown."""

    @model_validator(mode="after")
    def _one_probe(self) -> "Sli":
        given = [name for name in self.probe_names if getattr(self, name) is not None]
        if len(given) != 1:
            choice = ", ".join(f"`{name}`" for name in self.probe_names)
            raise ValueError(f"an SLI is read by exactly one probe: give one of {choice}")
        return self

    @model_validator(mode="after")
    def _objectives_fit(self) -> "Sli":
        if self.objective.relative:
            raise ValueError(
                f"`objective: {self.objective.text}` speaks of the baseline, but it also judges the "
                "baseline: give an absolute bound here, and the relative one in `under_fault`"
            )
        for objective in (self.objective, self.under_fault):
            if objective is not None:
                _check_fit(self.probe, objective)
        return self

    @property
    def probe_name(self) -> str:
        return next(name for name in self.probe_names if getattr(self, name) is not None)

    @property
    def probe(self) -> Probe:
        probe = getattr(self, self.probe_name)
        assert isinstance(probe, Probe)
        return probe

    def with_probe(self, probe: Probe) -> "Sli":
        """The same, read by this probe."""
        return self.model_copy(update={self.probe_name: probe})

    @property
    def while_faulty(self) -> Objective:
        """The objective that judges the fault window."""
        return self.under_fault or self.objective


def _check_fit(probe: Probe, objective: Objective) -> None:
    """Raise ValueError where the unit or quantity of an objective is not one that the probe reads."""
    if probe.measure is Measure.VALUE:
        _check_quantity(probe, objective)
        return
    wanted = Unit.SHARE if probe.measure is Measure.RATIO else Unit.MILLISECONDS
    if objective.quantity is not None:
        raise ValueError(
            f"{objective.text!r}: this SLI has one quantity only; leave out {objective.quantity!r}"
        )
    if objective.unit not in (wanted, Unit.BASELINE):
        example = ">= 99.9%" if wanted is Unit.SHARE else "< 300 ms"
        raise ValueError(f"{objective.text!r} does not fit a {probe.measure}: write it like `{example}`")
    if objective.op in ("==", "!="):
        raise ValueError(f"{objective.text!r} is no bound for a measured {probe.measure}: use <, <=, > or >=")
    if probe.measure is Measure.RATIO and objective.upper is not probe.counts_bad:
        wanted_ops = "< or <=" if probe.counts_bad else "> or >="
        raise ValueError(f"{objective.text!r} bounds this ratio from the wrong side: use {wanted_ops}")
    if probe.measure is Measure.LATENCY and not objective.upper:
        raise ValueError(f"{objective.text!r} bounds a latency from below: use < or <=")


def _check_quantity(probe: Probe, objective: Objective) -> None:
    quantities = probe.quantities
    if objective.quantity is not None and objective.quantity not in quantities:
        known = ", ".join(f"`{name}`" for name in quantities)
        raise ValueError(
            f"{objective.text!r}: {objective.quantity!r} is not read by {probe.name}; it reads {known}"
        )
    unit = quantities.get(objective.quantity or next(iter(quantities), ""), "")
    if objective.unit is Unit.BASELINE or isinstance(objective.bound, str | bool):
        return
    if unit != objective.unit.value:
        wanted = f"in {unit}" if unit else "without a unit"
        raise ValueError(f"{objective.text!r} has the wrong unit: write its bound {wanted}")
