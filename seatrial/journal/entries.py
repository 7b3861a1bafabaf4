"""What stands in a journal. Each entry is one fact, written when it became true.

`t_s` of the line that carries an entry is seconds since the run began, on the monotonic clock.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue

from seatrial.journal.alert_seen import AlertSeen
from seatrial.journal.script_entries import ScriptEntry
from seatrial.journal.tick import Tick
from seatrial.journal.workload_back import WorkloadBack
from seatrial.load.second import LoadSecond
from seatrial.model.base import Model
from seatrial.plan.plan import Plan
from seatrial.precaution import Lifting
from seatrial.targets.process import Identity
from seatrial.targets.target import Target


class Phase(StrEnum):
    """The phases of a run, in their order."""

    PREFLIGHT = "preflight"
    BASELINE = "baseline"
    FAULT = "fault"
    UNDO = "undo"
    RECOVERY = "recovery"


class StopKind(StrEnum):
    """Why a run ended before its plan did; it decides the outcome."""

    GUARD = "guard"
    """An SLI broke its limit: the hypothesis failed."""
    BASELINE = "baseline"
    """The steady state did not hold, so nothing was injected."""
    INTERRUPT = "interrupt"
    """Somebody asked: Ctrl-C, SIGTERM, SIGHUP."""
    HALT = "halt"
    """`seatrial halt` stopped every run of this store."""
    ENVIRONMENT = "environment"
    """Something beside the experiment made its evidence worthless."""
    APPLY = "apply"
    """A fault could not be injected."""
    ERROR = "error"
    """Seatrial itself, its store or its guardian failed."""


class Process(Model):
    """A process of the run, in a way that survives the reuse of pids."""

    pid: int
    start_ticks: int
    boot_id: str

    @classmethod
    def of(cls, identity: Identity) -> Self:
        return cls(**identity._asdict())


class Undo(Model):
    """All that any process needs to take one fault away from one target."""

    id: str
    """`f0.t2`: fault 0, target 2 of the plan."""
    action: str
    arguments: dict[str, JsonValue]
    target: Target
    state: dict[str, JsonValue]
    timeout_s: float = 10.0
    """How long one verb of this action may take."""
    lifting: Lifting | None = None
    """How a precaution comes to its end; None for a fault."""


class RunStarted(Model):
    """What will be done, by whom, on what. Always the first line."""

    kind: Literal["run_started"] = "run_started"
    run_id: str
    plan: Plan
    runner: Process
    began_at: str
    """Wall clock, ISO 8601 with zone."""
    began_monotonic_s: float
    """The runner's CLOCK_MONOTONIC at t_s = 0; good until this machine boots again."""
    versions: dict[str, str]
    host: dict[str, str]
    packs: tuple[str, ...]
    """The folders that the actions of this run come from."""


class GuardianReady(Model):
    """The guardian has its actions loaded and listens; the fuse waits for the end of both."""

    kind: Literal["guardian_ready"] = "guardian_ready"
    guardian: Process
    fuse: Process


class ClusterGuardianReady(Model):
    """Guardians in a cluster have signed on, and undo once the run's Lease there is not renewed."""

    kind: Literal["cluster_guardian_ready"] = "cluster_guardian_ready"
    namespace: str
    lease: str
    """The name of the Lease, and of all that was made for them."""
    pods: tuple[str, ...]


class ProcessStarted(Model):
    """A helper process that must not outlive the run: load, worker."""

    kind: Literal["process_started"] = "process_started"
    role: str
    process: Process


class PhaseStarted(Model):
    """The phase before ends where the next begins."""

    kind: Literal["phase_started"] = "phase_started"
    phase: Phase


class Loaded(Model):
    """One second of load, as the generator reported it."""

    kind: Literal["loaded"] = "loaded"
    second: LoadSecond


class StageStarted(Model):
    """More targets of a fault are about to be hit."""

    kind: Literal["stage_started"] = "stage_started"
    fault: int
    stage: int


class Intended(Model):
    """On disk before the first of these faults is injected."""

    kind: Literal["intended"] = "intended"
    undos: tuple[Undo, ...]


class Applied(Model):
    """The fault is in place."""

    kind: Literal["applied"] = "applied"
    id: str
    took_s: float


class ApplyFailed(Model):
    """The injection failed or was cut short; it may have run half, so it is undone as well."""

    kind: Literal["apply_failed"] = "apply_failed"
    id: str
    reason: str


class EffectChecked(Model):
    """Whether the fault was seen to bite."""

    kind: Literal["effect_checked"] = "effect_checked"
    id: str
    seen: bool | None
    """None: this action cannot be looked at."""
    reason: str = ""


class GuardBreached(Model):
    """A guard broke; the run is stopped because of it."""

    kind: Literal["guard_breached"] = "guard_breached"
    guard: str
    sli: str
    reason: str


class Stopped(Model):
    """The decision to end early; everything after it is undo."""

    kind: Literal["stopped"] = "stopped"
    why: StopKind
    reason: str


class TakenOver(Model):
    """Somebody else finishes what the runner began."""

    kind: Literal["taken_over"] = "taken_over"
    by: Literal["guardian", "rollback"]
    process: Process
    reason: str


class UndoStarted(Model):
    """These faults are taken away now."""

    kind: Literal["undo_started"] = "undo_started"
    ids: tuple[str, ...]


class UndoResult(StrEnum):
    """What became of a fault."""

    RESTORED = "restored"
    ALREADY = "already"
    """It was as before when undo looked: the target restarted, or another undo came first."""
    FOREIGN = "foreign"
    """Somebody else has changed it since; it is theirs now and was left alone."""
    EXPIRES = "expires"
    """A precaution that was still needed: it ends by itself, and the reason says when."""
    NOT_BACK = "not_back"
    """Killed, and its own supervisor had not brought it back in time."""
    FAILED = "failed"
    """It could not be verified that the fault is gone."""


class Undone(Model):
    """One fault is settled, for good or not."""

    kind: Literal["undone"] = "undone"
    id: str
    result: UndoResult
    by: Literal["runner", "guardian", "rollback"]
    attempts: int
    took_s: float
    """From the decision to undo until this was verified."""
    reason: str = ""


class Recovered(Model):
    """Every SLI was back, every workload as before, and every killed process had its successor."""

    kind: Literal["recovered"] = "recovered"
    after_s: dict[str, float | None]
    """By SLI, seconds from the end of undo to the first of its lasting good readings; None: never."""
    workloads: dict[str, WorkloadBack] = {}
    """By label, the workloads of a cluster whose pods were hit."""

    def took_s(self) -> dict[str, float | None]:
        """All that had to come back, SLIs and workloads, and how long it took; None: it did not in time."""
        return {**self.after_s, **{label: one.after_s for label, one in self.workloads.items()}}


class Noted(Model):
    """Something worth telling that decides nothing."""

    kind: Literal["noted"] = "noted"
    text: str


class RunEnded(Model):
    """The outcome, as the one who wrote the end saw it; always the last line of a whole journal."""

    kind: Literal["run_ended"] = "run_ended"
    outcome: str
    exit_code: int
    summary: str


Entry = Annotated[
    RunStarted
    | GuardianReady
    | ClusterGuardianReady
    | ProcessStarted
    | PhaseStarted
    | Tick
    | Loaded
    | StageStarted
    | Intended
    | Applied
    | ApplyFailed
    | EffectChecked
    | GuardBreached
    | Stopped
    | TakenOver
    | UndoStarted
    | Undone
    | Recovered
    | ScriptEntry
    | AlertSeen
    | Noted
    | RunEnded,
    Field(discriminator="kind"),
]
