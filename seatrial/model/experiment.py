"""An experiment file, parsed: hypothesis, SLIs, load, faults, blast radius, and when to stop."""

from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints, ValidationInfo, WithJsonSchema, field_validator

from seatrial.model.alert import Alert
from seatrial.model.base import Model
from seatrial.model.fault import Fault
from seatrial.model.fields import Duration, ObjectiveField, Share
from seatrial.model.floor import FloorField
from seatrial.model.guardian import ClusterGuardian, Guardian
from seatrial.model.load import Load
from seatrial.model.objective import OBJECTIVE_PATTERN, Objective, Unit
from seatrial.model.sli import Sli
from seatrial.precaution import Precaution
from seatrial.probe import AsksServer, FromLoad
from seatrial.prometheus.alertmanager import AlertmanagerServer
from seatrial.prometheus.server import PrometheusServer
from seatrial.telling.destinations import Telling

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]

_GUARD = {"type": "string", "pattern": OBJECTIVE_PATTERN, "examples": ["availability < 95%", "latency > 2 s"]}
GuardField = Annotated[ObjectiveField, WithJsonSchema(_GUARD)]
"""A condition on an SLI, its name in front."""


class BlastRadius(Model):
    """The most that may be hit; a plan beyond it is refused before anything is touched."""

    max_targets: int = Field(ge=1)
    """At most this many targets with a fault on them at once."""
    max_share: Share = Field(gt=0)
    """At most this share of the population."""
    max_duration: Duration = Field(gt=0)
    """At most this long from the first injection to the end of undo."""
    keep_ready: FloorField | None = None
    """In a cluster: so many pods of every workload and service, or such a share of those that are ready, have
    to stay ready and reached."""


SPENT = "budget_spent"
"""In `stop_when`: the share of the error budget that this run took so far."""


class Budget(Model):
    """What of an SLO's error budget this experiment may take; refused or stopped where it would be more."""

    slo: Name | None = None
    """Which of the SLIs that are read by `slo`; where there is only one, that one."""
    keep_budget: Share = Field(default=0.1)
    """At least this share of the budget has to be left, after the worst of this run too."""
    cap: Share | None = Field(default=None, gt=0)
    """At most this share may be planned, and spent: a guard stops the run there."""
    policy: Path | None = None
    """A file with freezes, exceptions and the team's own limits; the stricter ones count."""


class Experiment(Model):
    """What a team writes down before it breaks something on purpose."""

    sli_model: ClassVar[type[Sli]] = Sli
    fault_model: ClassVar[type[Fault]] = Fault
    precaution_names: ClassVar[tuple[str, ...]] = ()
    """Keys of their own, one for each kind in the packs at hand."""

    title: Line
    """One line that says what is tried."""
    hypothesis: Annotated[str, StringConstraints(min_length=1, max_length=5000, strip_whitespace=True)]
    """What you believe will happen."""
    description: str = ""
    """More about it, for the report."""
    owner: Line | None = None
    """The team that answers for it."""
    tags: tuple[Line, ...] = ()
    """Words to find it by."""
    environment: Line | None = None
    """Where it runs: local, staging, production."""
    variables: dict[str, str | int | float | bool] = {}
    """Values for `${name}` in this file; `--set name=value` changes them."""

    prometheus: dict[Name, PrometheusServer] = {}
    """Servers that SLIs are read from, by the names that they go by here."""
    slis: dict[Name, Sli] = Field(min_length=1)
    """The service-level indicators, each with its objective."""
    requires: dict[Name, Sli] = {}
    """What must be so around the experiment: no incident elsewhere, no alert. Where it is not, the run ends
    as interrupted by its environment, which is inconclusive and says nothing of the hypothesis."""
    load: Load | None = Field(default=None, validate_default=True)
    """The load that runs from baseline to recovery."""
    faults: tuple[Fault, ...] = ()
    """What is broken, one after another unless they say `at:`."""
    blast_radius: BlastRadius | None = Field(default=None, validate_default=True)
    """Caps on what may be hit; needed as soon as there are faults."""
    guardian: Guardian = "local"
    """Who undoes where the runner cannot: `local`, a process beside it; `cluster`, two Pods as well, so that
    a machine may be lost with all that is on it."""
    budget: Budget | None = None
    """The error budget that this spends of, and how much."""
    alerts: tuple[Alert, ...] = ()
    """Alerts that have to fire, or must not: whether somebody would have been told."""
    alertmanager: AlertmanagerServer | None = Field(default=None, validate_default=True)
    """Who tells people of alerts; needed where a `receiver` is expected."""
    tell: Telling | None = None
    """Who is told of the run while it goes on."""
    stop_when: tuple[GuardField, ...] = ()
    """Guards beside the default ones, each with the SLI's name in front: `availability < 95%`."""
    default_guards: bool = True
    """Stop on errors above 5 %, availability below 99 %, latency beyond 2x baseline, a failing check."""
    guard_false_stop: Share = Field(default=0.01, gt=0, lt=0.5)
    """The chance, over the whole run, that the guards stop a run that is at their limits."""

    baseline: Duration = Field(default=30.0, gt=0)
    """How long the steady state is watched before the fault."""
    recover_within: Duration = Field(default=60.0, gt=0)
    """How long after undo every SLI must be back at its objective."""
    settle: Duration = Field(default=5.0, gt=0)
    """How long it has to stay there to count as recovered."""
    interval: Duration = Field(default=1.0, ge=0.1, le=60)
    """How often every SLI is read."""
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    """For every choice by chance; drawn and written down when it is not given."""

    # Field validators, not one of the whole model: they also speak when another key is wrong.

    @field_validator("slis", "requires")
    @classmethod
    def _know_their_servers(cls, slis: dict[str, Sli], info: ValidationInfo) -> dict[str, Sli]:
        servers = info.data.get("prometheus", {})
        return {
            name: sli.with_probe(sli.probe.on(servers)) if isinstance(sli.probe, AsksServer) else sli
            for name, sli in slis.items()
        }

    @field_validator("requires")
    @classmethod
    def _names_are_different(cls, requires: dict[str, Sli], info: ValidationInfo) -> dict[str, Sli]:
        for name in requires:
            if name in info.data.get("slis", {}):
                raise ValueError(f"`{name}` stands in `slis` too: rename one of them")
        return requires

    @field_validator("load")
    @classmethod
    def _load_is_there(cls, load: Load | None, info: ValidationInfo) -> Load | None:
        for name, sli in {**info.data.get("slis", {}), **info.data.get("requires", {})}.items():
            if load is None and isinstance(sli.probe, FromLoad):
                raise ValueError(
                    f"`{name}` is read from the load, but there is none: "
                    "add `load:` with a `locustfile` or with `requests`"
                )
        return load

    @field_validator("blast_radius")
    @classmethod
    def _is_capped(cls, caps: BlastRadius | None, info: ValidationInfo) -> BlastRadius | None:
        if caps is None and info.data.get("faults"):
            raise ValueError(
                "`faults` need a cap: "
                "add `blast_radius: {max_targets: 1, max_share: 34%, max_duration: 5 min}`"
            )
        return caps

    @field_validator("stop_when")
    @classmethod
    def _guards_speak_of_slis(
        cls, guards: tuple[Objective, ...], info: ValidationInfo
    ) -> tuple[Objective, ...]:
        slis = info.data.get("slis")
        if slis is not None:
            slis = {**slis, **info.data.get("requires", {})}
        for guard in guards:
            if guard.quantity is None:
                raise ValueError(f"{guard.text!r} does not say which SLI: write it like `availability < 95%`")
            name = guard.quantity.split(".")[0]
            if name == SPENT and SPENT not in (slis or ()):
                _check_spent(guard, info.data.get("budget"))
                continue
            if slis is not None and name not in slis:
                known = ", ".join(f"`{name}`" for name in slis)
                raise ValueError(f"{guard.text!r}: there is no SLI {name!r}; there is {known}")
            if guard.relative and name in info.data.get("requires", {}):
                raise ValueError(
                    f"{guard.text!r} speaks of the baseline, but `{name}` is required during that too: "
                    "give an absolute bound"
                )
        return guards

    @field_validator("alerts")
    @classmethod
    def _alerts_have_a_server(cls, alerts: tuple[Alert, ...], info: ValidationInfo) -> tuple[Alert, ...]:
        servers = info.data.get("prometheus", {})
        for alert in alerts:
            if alert.server is None and len(servers) != 1:
                raise ValueError(f"`{alert.alert}` does not say whose rule it is: name its `server`")
            if alert.server is not None and alert.server not in servers:
                raise ValueError(f"no server {alert.server!r} stands under `prometheus`: add it")
        return alerts

    @field_validator("alertmanager")
    @classmethod
    def _receivers_can_be_asked(
        cls, manager: AlertmanagerServer | None, info: ValidationInfo
    ) -> AlertmanagerServer | None:
        if manager is None and any(alert.receiver for alert in info.data.get("alerts", ())):
            raise ValueError("a `receiver` is known by an Alertmanager: add `alertmanager: {url: ...}`")
        return manager

    @field_validator("budget")
    @classmethod
    def _budget_is_of_an_slo(cls, budget: Budget | None, info: ValidationInfo) -> Budget | None:
        slis: dict[str, Sli] = info.data.get("slis", {})
        promised = [name for name, sli in slis.items() if sli.probe.promise_key is not None]
        if budget is None or not slis:
            return budget
        if budget.slo is None and len(promised) != 1:
            raise ValueError(
                f"{len(promised)} SLIs are read by `slo`, and the budget is of one: "
                "name it as `budget: {slo: …}`, or add `slo: slos/shop.yaml` to an SLI"
            )
        if budget.slo is not None and budget.slo not in promised:
            raise ValueError(f"`{budget.slo}` is no SLI that is read by `slo`: name one that is")
        return budget

    @property
    def spend_max(self) -> float | None:
        """The most of the budget that the run may take before it is stopped; None: no limit."""
        bounds = [guard.factor for guard in self.stop_when if guard.quantity == SPENT]
        if self.budget is not None and self.budget.cap is not None:
            bounds.append(self.budget.cap)
        return min(bounds, default=None)

    @property
    def budget_sli(self) -> str:
        """The SLI whose budget is spent; there has to be a budget."""
        assert self.budget is not None
        promised = (name for name, sli in self.slis.items() if sli.probe.promise_key is not None)
        return self.budget.slo or next(promised)

    @property
    def precautions(self) -> tuple[tuple[str, int, Precaution[Any, Any]], ...]:
        """All of them, in the order in which they are taken, each with its key and its place under that."""
        return tuple(
            (name, place, one)
            for name in self.precaution_names
            for place, one in enumerate(getattr(self, name))
        )

    @property
    def cluster_guardian(self) -> ClusterGuardian | None:
        """The guardian in the cluster; None where there is only the local one."""
        if isinstance(self.guardian, str):
            return ClusterGuardian() if self.guardian == "cluster" else None
        return self.guardian.cluster

    @property
    def signals(self) -> dict[str, Sli]:
        """Everything that is read: the SLIs, and what is required of the environment."""
        return {**self.slis, **self.requires}


def _check_spent(guard: Objective, budget: Budget | None) -> None:
    """Raise ValueError where `budget_spent` cannot be a guard."""
    if budget is None:
        raise ValueError(f"{guard.text!r}: there is no `budget`: add `budget: {{keep_budget: 10%}}`")
    if guard.unit is not Unit.SHARE or guard.op not in (">", ">="):
        raise ValueError(f"{guard.text!r}: write when to stop, in per cent: `{SPENT} > 2%`")
