"""The plan: everything a run will do and may hit, as data with a hash."""

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seatrial.budget.planned import PlannedBudget
from seatrial.lifting import Lifting
from seatrial.measure import Measure
from seatrial.model.objective import Objective
from seatrial.model.record import JsonValue, Record
from seatrial.model.tolerance import Tolerance
from seatrial.model.units import format_duration
from seatrial.plan.guard_spec import GuardSpec
from seatrial.plan.planned_alert import PlannedAlert
from seatrial.plan.reach import PodReach, Workload
from seatrial.targets.target import Target

if TYPE_CHECKING:
    from seatrial.slo.slo import Slo


class PlannedTarget(Record):
    """One target that will be hit."""

    id: str
    """`f0.t2`: fault 0, target 2."""
    target: Target
    stage: int
    """The stage in which it is hit first, from 0."""
    missing_privileges: tuple[str, ...] = ()
    refusal: str = ""
    """Why its action must not touch it; empty when it may."""
    changes: tuple[str, ...] = ()
    """What is changed of it and put back, in words: no two faults may do that at the same time."""


class PlannedFault(Record):
    """One fault with all of its targets."""

    index: int
    """Its place in the file, from 0."""
    action: str
    arguments: dict[str, JsonValue]
    population: int
    """How many targets the selector found."""
    targets: tuple[PlannedTarget, ...]
    """Those that will be hit, in their order."""
    stages: tuple[int, ...]
    """How many targets have the fault on them, stage by stage."""
    starts_at_s: float
    """Counted from the beginning of the fault phase."""
    hold_s: float
    irreversible: bool
    undo: str
    """How it is taken away, in words."""
    timeout_s: float = 10.0
    """How long one verb of its action may take."""
    effect_within_s: float = 2.0
    """How long it may take until its action is seen to bite; after that it did not."""
    lifting: Lifting | None = None
    """How a precaution comes to its end; None for a fault."""
    one_of: tuple[str, ...] = ()
    """The actions among which the seed chose this one; empty where there was no choice."""

    @property
    def changes(self) -> set[str]:
        return {what for planned in self.targets for what in planned.changes}

    @property
    def share(self) -> float:
        return len(self.targets) / self.population if self.population else 0.0

    @property
    def ends_at_s(self) -> float:
        return self.starts_at_s + self.hold_s


class PlannedSli(Record):
    """All that judging and drawing an SLI needs, without its probe."""

    name: str
    probe: str
    """The name of its probe: `http`."""
    measure: Measure
    quantity: str | None
    """For values: which quantity of the reading; None for ratios and latencies."""
    unit: str
    """Of its plotted value: `%`, `ms`, `/s` or empty."""
    counts_bad: bool
    """For ratios: True where the SLI is the share of bad events."""
    from_load: bool
    quantile: float | None
    """For latencies: 0.95 for p95; None where only a reading tells."""
    objective: Objective
    under_fault: Objective
    """The objective of the fault window."""
    deviates_at: Tolerance
    every_s: float | None = None
    """How often its source has something new to say; None: whenever it is read."""
    slo: dict[str, JsonValue] | None = None
    """What it was promised in, as data, where it was read from an SLO file."""

    @property
    def promised(self) -> "Slo | None":
        """The SLO itself."""
        from seatrial.slo.slo import Slo

        return None if self.slo is None else Slo.model_validate(self.slo)


class SampleSize(Record):
    """Whether an objective can be decided at all with this load and this window."""

    sli: str
    phase: str
    """`baseline` or `fault`."""
    objective: str
    expected: int | None
    """Events or readings that the window will give; None where only the run can tell."""
    needed: int | None
    """The fewest that can pass, with not one bad among them; None: no number would do."""
    hint: str = ""
    """What would suffice, where it does not."""

    @property
    def decidable(self) -> bool:
        if self.needed is None:
            return False
        return self.expected is None or self.expected >= self.needed


class Blast(Record):
    """The blast radius: what is hit at the most at one moment, and what is allowed."""

    targets: int
    share: float
    duration_s: float
    """From the first injection to the end of the last fault."""
    max_targets: int
    max_share: float
    max_duration_s: float


class Script(Record):
    """How a Chaos Toolkit experiment runs: its activities, in place of phases of known length."""

    hypothesis: str
    """When its hypothesis is checked: `default`, `before-method-only`, `continuously`, ..."""
    frequency_s: float
    """Between two checks while the method runs."""
    fail_fast: bool
    """Whether the first failing check ends the method."""
    rollbacks: str
    """Whether its rollbacks run: `default`, `always`, `deviated`, `never`."""
    dry: str = ""
    """What is left out: `actions`, `probes`, `activities` or `pause`; empty: nothing."""
    probes: tuple[str, ...] = ()
    """Those of its hypothesis."""


def named(action: str, target: Target) -> str:
    """A fault in words. An activity says by its name alone what it does."""
    return target.label if target.kind == "activity" else f"{action} on {target.label}"


class Plan(Record, dict=True):
    """All of it; equal plans have equal hashes."""

    experiment: dict[str, JsonValue]
    """The parsed file as JSON, with its defaults; variables from the environment are masked."""
    file: str
    file_sha256: str
    seed: int
    baseline_s: float
    fault_s: float
    recovery_s: float
    faults: tuple[PlannedFault, ...]
    precautions: tuple[PlannedFault, ...] = ()
    """What is taken before the first fault and lifted after recovery, in this order."""
    blast: Blast | None
    pods: PodReach | None = None
    """How far it reaches in a cluster, as that is now; None where it hits no pods of one."""
    workloads: tuple[Workload, ...] = ()
    """Those in a cluster that faults touch, as they are now; recovery waits until they are so again."""
    slis: tuple[PlannedSli, ...]
    requires: tuple[PlannedSli, ...] = ()
    """Signals of the environment: where one breaks, the run is inconclusive."""
    control: bool = False
    """True for an A/A run: everything but the fault, to learn what the gate says of a healthy system."""
    samples: tuple[SampleSize, ...]
    guards: tuple[GuardSpec, ...]
    script: Script | None = None
    """For a Chaos Toolkit experiment; None for one of Seatrial's own."""
    load: str
    """The load in words; empty where there is none."""
    locustfile_sha256: str = ""
    """Of its Locust file; empty where there is none."""
    interval_s: float
    settle_s: float
    guard_false_stop: float
    """The chance, over the whole run and all guards, of stopping a run that is at their limits."""
    alerts: tuple[PlannedAlert, ...] = ()
    """What is expected of alerting rules."""
    budget: PlannedBudget | None = None
    """The error budget that it spends of; measured anew with each plan."""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What sources of readings say of themselves, and how soon guards on them see errors."""
    refusals: tuple[str, ...] = ()
    """Why this may not run; empty when it may."""

    @property
    def digest(self) -> str:
        """SHA-256 of the plan's JSON, for approvals and to compare.

        Without what only follows from the rest, or from how things just are: traffic, pods.
        """
        lasting = self.model_copy(
            update={"samples": (), "warnings": (), "notes": (), "budget": None, "pods": None}
        )
        return hashlib.sha256(lasting.model_dump_json().encode()).hexdigest()

    @property
    def title(self) -> str:
        return str(self.experiment.get("title", ""))

    @property
    def forbidden(self) -> tuple[str, ...]:
        """Every reason why it may not run, the budget's too."""
        return (*self.refusals, *(self.budget.refusals if self.budget is not None else ()))

    @property
    def settled_within_s(self) -> float:
        """How long after undo the run may go on: until SLIs are back and alerts are over."""
        resolved_s = max((alert.resolved_within_s or 0.0 for alert in self.alerts), default=0.0)
        return max(self.recovery_s + self.settle_s, resolved_s)

    @property
    def longest(self) -> str:
        """How long a run takes at the most, in words."""
        return format_duration(self.baseline_s + self.fault_s + self.recovery_s)

    @property
    def signals(self) -> tuple[PlannedSli, ...]:
        """Everything that is read."""
        return (*self.slis, *self.requires)

    def fault(self, index: int) -> PlannedFault:
        """Look up a fault by its place in the file."""
        return next(fault for fault in self.faults if fault.index == index)

    def planned(self, undo_id: str) -> tuple[PlannedFault, PlannedTarget]:
        """Look up a target of the plan; raises KeyError for an id that it does not show."""
        return self._by_id[undo_id]

    @cached_property
    def _by_id(self) -> dict[str, tuple[PlannedFault, PlannedTarget]]:
        hit = (*self.faults, *self.precautions)
        return {target.id: (fault, target) for fault in hit for target in fault.targets}

    def readable(self) -> dict[str, Any]:
        """The plan as JSON with its hash, as `seatrial plan --json` prints it."""
        return {**self.model_dump(mode="json"), "hash": self.digest}
