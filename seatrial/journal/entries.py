"""What stands in a journal. Each entry is one fact, written when it became true.

`t_s` of the line that carries an entry is seconds since the run began, on the monotonic clock.
"""

from enum import StrEnum
from typing import Literal, Self

from seatrial.journal.alert_seen import AlertSeen
from seatrial.journal.script_entries import ScriptEntry
from seatrial.journal.tick import Tick
from seatrial.journal.workload_back import WorkloadBack
from seatrial.lifting import Lifting
from seatrial.load.second import LoadSecond
from seatrial.model.record import JsonValue, Record, Tagged
from seatrial.plan.plan import Plan
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


class Process(Record):
    """A process of the run, in a way that survives the reuse of pids."""

    pid: int
    start_ticks: int
    boot_id: str

    @classmethod
    def of(cls, identity: Identity) -> Self:
        return cls(**identity._asdict())


class Undo(Record):
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


class RunStarted(Tagged, tag="run_started"):
    """What will be done, by whom, on what. Always the first line."""

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


class GuardianReady(Tagged, tag="guardian_ready"):
    """The guardian has its actions loaded and listens; the fuse waits for the end of both."""

    guardian: Process
    fuse: Process


class ClusterGuardianReady(Tagged, tag="cluster_guardian_ready"):
    """Guardians in a cluster have signed on, and undo once the run's Lease there is not renewed."""

    namespace: str
    lease: str
    """The name of the Lease, and of all that was made for them."""
    pods: tuple[str, ...]


class ProcessStarted(Tagged, tag="process_started"):
    """A helper process that must not outlive the run: load, worker."""

    role: str
    process: Process


class PhaseStarted(Tagged, tag="phase_started"):
    """The phase before ends where the next begins."""

    phase: Phase


class Loaded(Tagged, tag="loaded"):
    """One second of load, as the generator reported it."""

    second: LoadSecond


class StageStarted(Tagged, tag="stage_started"):
    """More targets of a fault are about to be hit."""

    fault: int
    stage: int


class Intended(Tagged, tag="intended"):
    """On disk before the first of these faults is injected."""

    undos: tuple[Undo, ...]


class Applied(Tagged, tag="applied"):
    """The fault is in place."""

    id: str
    took_s: float


class ApplyFailed(Tagged, tag="apply_failed"):
    """The injection failed or was cut short; it may have run half, so it is undone as well."""

    id: str
    reason: str


class EffectChecked(Tagged, tag="effect_checked"):
    """Whether the fault was seen to bite."""

    id: str
    seen: bool | None
    """None: this action cannot be looked at."""
    reason: str = ""


class GuardBreached(Tagged, tag="guard_breached"):
    """A guard broke; the run is stopped because of it."""

    guard: str
    sli: str
    reason: str


class Stopped(Tagged, tag="stopped"):
    """The decision to end early; everything after it is undo."""

    why: StopKind
    reason: str


class TakenOver(Tagged, tag="taken_over"):
    """Somebody else finishes what the runner began."""

    by: Literal["guardian", "rollback"]
    process: Process
    reason: str


class UndoStarted(Tagged, tag="undo_started"):
    """These faults are taken away now."""

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


class Undone(Tagged, tag="undone"):
    """One fault is settled, for good or not."""

    id: str
    result: UndoResult
    by: Literal["runner", "guardian", "rollback"]
    attempts: int
    took_s: float
    """From the decision to undo until this was verified."""
    reason: str = ""


class Recovered(Tagged, tag="recovered"):
    """Every SLI was back, every workload as before, and every killed process had its successor."""

    after_s: dict[str, float | None]
    """By SLI, seconds from the end of undo to the first of its lasting good readings; None: never."""
    workloads: dict[str, WorkloadBack] = {}
    """By label, the workloads of a cluster whose pods were hit."""

    def took_s(self) -> dict[str, float | None]:
        """All that had to come back, SLIs and workloads, and how long it took; None: it did not in time."""
        return {**self.after_s, **{label: one.after_s for label, one in self.workloads.items()}}


class Noted(Tagged, tag="noted"):
    """Something worth telling that decides nothing."""

    text: str


class RunEnded(Tagged, tag="run_ended"):
    """The outcome, as the one who wrote the end saw it; always the last line of a whole journal."""

    outcome: str
    exit_code: int
    summary: str


Entry = (
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
    | RunEnded
)
