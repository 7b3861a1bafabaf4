"""An action: one fault on one target, and the exact way back.

    prepare ──state──▶ journal ──▶ apply ─ ─ hold ─ ─▶ undo ──▶ is_undone
     (reads only)     (on disk)

The runner selects, caps, stages and retries; an action only ever sees one target. Undo is data:
whatever `apply` creates carries a name that `prepare` chose and the journal already holds, so
any process can undo it, also when the one that applied it died half way.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar, cast, runtime_checkable

from seatrial.model.base import Model
from seatrial.model.record import Record
from seatrial.targets.target import BaseTarget

if TYPE_CHECKING:
    from seatrial.kube.rights import Right

TargetT = TypeVar("TargetT", bound=BaseTarget)
StateT = TypeVar("StateT", bound="Model | Record")


class Lease(Record):
    """What an action may know of the run that holds it."""

    id: str
    """Unique to this run, fault and target; safe in file names, nft tables and cgroups."""
    max_hold_s: float
    """The fault must be gone after this long, whatever happens: arm its own expiry where it has one."""
    ends_with_holder: bool = False
    """The kernel must take it away within some seconds of the death of the process that applied it."""


class AgentNeeds(Record):
    """What a container must be like, from within which a fault is held on the pod around it."""

    capabilities: tuple[str, ...] = ()
    """As Kubernetes writes them: `NET_ADMIN`. Any of them takes root."""
    as_target_uid: bool = False
    """It has to be the user of the target's processes, with all of their capabilities."""
    target_container: bool = False
    """It has to see the processes of the target's container, and so ends with it."""


class Action(Model, ABC, Generic[TargetT, StateT]):
    """One kind of fault. Fields are the keys under `with:`; the docstring is the documentation.

    Every verb may block, may be killed at any moment, and may raise `Retryable`, `Fatal` or (undo
    only) `ForeignChange`; anything else counts as `Fatal`, in undo as `Retryable`.
    """

    name: ClassVar[str]
    """What `action:` says in an experiment: `process.pause`."""
    irreversible: ClassVar[bool] = False
    """A kill: undo cannot bring it back, `is_undone` asserts that its own supervisor did."""
    only_asks: ClassVar[bool] = False
    """Its verbs do nothing but ask others over the network, from any thread: one worker does many at once."""
    unseen: ClassVar[bool] = False
    """Its undo cannot be looked at: it is done where it ran without an error."""
    needs: ClassVar[str] = ""
    """Whom it takes to apply and undo it, for lists: `CAP_NET_ADMIN`. `missing_privileges` is what counts."""
    undo_in_words: ClassVar[str] = ""
    """How it is taken away, for the plan, where `undo` is a base's; else the docstring of `undo` says it."""

    @abstractmethod
    def prepare(self, target: TargetT, lease: Lease) -> StateT:
        """Read what must be restored and choose the names of what will be made. Changes nothing."""

    @abstractmethod
    def apply(self, target: TargetT, state: StateT) -> None:
        """Inject the fault."""

    @abstractmethod
    def undo(self, target: TargetT, state: StateT) -> None:
        """Take the fault away. Idempotent; right also when apply never ran, or ran half."""

    @abstractmethod
    def is_undone(self, target: TargetT, state: StateT) -> bool:
        """Look at the world, not at a variable: is the target as it was?"""

    @property
    def cannot_be_undone(self) -> bool:
        """Whether this one is irreversible; an action whose parameters decide that overrides it."""
        return self.irreversible

    @property
    def timeout_s(self) -> float:
        """How long one verb may take before its worker process is killed."""
        return 10.0

    @property
    def effect_within_s(self) -> float:
        """How long it may take until it is seen to bite; after that it counts as one that did not."""
        return 2.0

    @classmethod
    def warm_up(cls) -> None:
        """Import what every worker would import at its first verb: once, before they are forked."""

    def describe_undo(self) -> str:
        """How the fault is taken away, for the plan: one short sentence."""
        return self.undo_in_words or (type(self).undo.__doc__ or "undo").strip().split("\n")[0]

    @classmethod
    def target_model(cls) -> type[BaseTarget]:
        """The kind of target that this action hits, from its type arguments."""
        return cast("type[BaseTarget]", _type_arguments(cls)[0])

    @classmethod
    def state_model(cls) -> type[Model]:
        """The model of what `prepare` returns, from its type arguments."""
        return cast("type[Model]", _type_arguments(cls)[1])


def _type_arguments(cls: type[Action[Any, Any]]) -> tuple[Any, ...]:
    for base in cls.__mro__:
        arguments = base.__dict__.get("__pydantic_generic_metadata__", {}).get("args", ())
        if len(arguments) == 2:
            return cast("tuple[Any, ...]", arguments)
    raise TypeError(f"{cls.__name__} must derive from Action[ItsTarget, ItsState]")


@runtime_checkable
class TakesEffect(Protocol):
    """An action that can be looked at while it holds; one that did not bite makes a run inconclusive."""

    def has_effect(self, target: Any, state: Any) -> bool | None:
        """True when the fault is seen to be there; None where this one cannot be looked at."""


@runtime_checkable
class NeedsPrivileges(Protocol):
    """An action that not everyone may do, or undo."""

    def missing_privileges(self, target: Any) -> list[str]:
        """What this process lacks to apply and to undo, in words: `CAP_NET_ADMIN`, `to be user shop`."""


@runtime_checkable
class NeedsMachine(Protocol):
    """An action that not every machine can do: `seatrial doctor` asks it."""

    @classmethod
    def missing_here(cls) -> list[str]:
        """What there is not, whatever the target: programs, parts of the kernel, capabilities, in words."""


@runtime_checkable
class Renewed(Protocol):
    """A fault that, where its lease says that it ends with its holder, ends unless it is renewed."""

    def renew(self, target: Any, state: Any) -> None:
        """Let it live some seconds more; called each second while it holds."""


@runtime_checkable
class RunsInPods(Protocol):
    """An action that works from a container inside a pod, and that keeps `Lease.ends_with_holder`."""

    def agent_needs(self) -> AgentNeeds:
        """What this container must be like; raises Fatal where these parameters mean nothing in a pod."""


@runtime_checkable
class HitsObjects(Protocol):
    """An action on objects of a cluster: `seatrial check` asks it, without a cluster."""

    hits: ClassVar[tuple[str, ...]]
    """The kinds that it can hit: `("Deployment", "StatefulSet")`."""

    def impossible(self) -> str | None:
        """Why it can be done to none of them, whichever is chosen; None where it can."""


@runtime_checkable
class HasDoubts(Protocol):
    """An action that knows parameters which are allowed and risky: `seatrial check` asks it."""

    def doubts(self) -> list[tuple[str, str]]:
        """What is risky, and what to do about it, each a sentence without a full stop."""


@runtime_checkable
class Refuses(Protocol):
    """An action that knows targets or parameters it must never touch."""

    def refusal(self, target: Any) -> str | None:
        """Why this target is not to be hit, or None."""


@runtime_checkable
class AlsoHits(Protocol):
    """An action whose parameters name more than its target: a port of the host, the process of a service."""

    def also_hits(self, target: Any) -> Iterable[BaseTarget]:
        """What else is hit; protected from faults by the same rules as targets are."""


@runtime_checkable
class Changes(Protocol):
    """An action that puts back what it found: of two at once, one would find what the other has changed."""

    def changes(self, target: Any) -> Iterable[str]:
        """What it changes, in words, the same for the same thing: `the niceness of pid 12 (shop)`."""


Fate = Literal["lost", "evicted", "drained", "cut off", "spared"]
"""What becomes of pods: gone or not ready any more, against their budgets, with them, or as soon as these
let them go; ready, but not reached; or nothing."""


@runtime_checkable
class HitsPods(Protocol):
    """An action on a cluster that says what becomes of its target's pods; without it they are cut off."""

    pods_are: ClassVar[Fate]

    def pods_hit(self, target: Any, pods: Sequence[Any]) -> Iterable[Any]:
        """Which of the target's pods that happens to; `pods` as the API gives them, ready ones first."""


@runtime_checkable
class NeedsRights(Protocol):
    """An action on a cluster: `seatrial plan --rbac` makes roles of what it says."""

    def rights(self, target: Any) -> "Iterable[Right]":
        """All that applying, looking and undoing take."""
