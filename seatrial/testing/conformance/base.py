"""What a test class of the kit is given, and what it may say about its action."""

import inspect
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from seatrial.action import Action, NeedsPrivileges, Refuses
from seatrial.model.base import Model
from seatrial.pack import find_team_root, load_packs
from seatrial.targets import process
from seatrial.targets.target import ProcessTarget
from seatrial.testing.conformance.stage import Stage
from seatrial.testing.conformance.understudy import Understudy

_UNDERSTUDIES = pytest.StashKey[dict[tuple[Path, ...], Understudy]]()


class Base:
    """Derive from ActionConformance, not from this."""

    packs: ClassVar[tuple[Path, ...] | None] = None
    """The packs that the action is in; None: the one that the test file lies in. The shipped one is there."""

    def snapshot(self, target: Any) -> object:
        """Everything that the action may change, to be compared; None: it is not looked at."""
        return None

    def theirs(self, target: Any) -> object:
        """Of the snapshot, what belongs to others: all of it, unless a fault leaves its mark there."""
        return self.snapshot(target)

    def foreign_change(self, target: Any, state: Any) -> None:
        """Somebody else changes what the action has changed. Override it where that can happen."""
        raise NotImplementedError

    def remove(self, target: Any) -> None:
        """The target goes away for good. A process is killed; override it for others."""
        if not isinstance(target, ProcessTarget):
            raise NotImplementedError
        process.send_signal(target, signal.SIGKILL)
        process.wait_until_gone(target.pid, 5.0)

    def recover(self, target: Any) -> None:
        """Its own supervisor brings back what an irreversible action took. Override it for those."""
        raise NotImplementedError

    @classmethod
    def pack_roots(cls) -> tuple[Path, ...]:
        """`packs`, or the pack around the test file."""
        if cls.packs is not None:
            return cls.packs
        found = find_team_root(Path(inspect.getfile(cls)).resolve().parent)
        return () if found is None else (found,)

    def make(self, name: str, **arguments: Any) -> Action[Any, Any]:
        """An action of these packs, its arguments as they would stand under `with:`."""
        return load_packs(*self.pack_roots()).actions[name].model_validate(arguments)

    @pytest.fixture(scope="class")
    @classmethod
    def understudy(cls, request: pytest.FixtureRequest) -> Understudy:
        """The other process; all classes of a session that use the same packs share it."""
        roots = cls.pack_roots()
        shared = request.session.stash.setdefault(_UNDERSTUDIES, {})
        if roots not in shared or not shared[roots].is_alive:
            shared[roots] = Understudy(roots)
            request.session.addfinalizer(shared[roots].close)
        return shared[roots]

    @pytest.fixture
    def stage(self, action: Action[Any, Any], target: Any, understudy: Understudy) -> Iterator[Stage]:
        """The action on its target; skips where this user may not do it."""
        assert isinstance(target, action.target_model()), (
            f"the action hits a {action.target_model().__name__}"
        )
        if isinstance(action, NeedsPrivileges) and (missing := action.missing_privileges(target)):
            pytest.skip(f"this user lacks {', '.join(missing)}")
        if isinstance(action, Refuses):
            assert action.refusal(target) is None, "the action refuses the target that the test gave it"
        stage = Stage(action, target, understudy)
        yield stage
        stage.clear()

    def overridden(self, hook: str) -> bool:
        """True where the test class has its own version of a hook."""
        return getattr(type(self), hook) is not getattr(Base, hook)


def reversible(stage: Stage) -> None:
    """Skip what has no meaning for a kill."""
    if stage.action.cannot_be_undone:
        pytest.skip("it cannot be undone")


def assert_same(before: object, now: object, after: str) -> None:
    """Two pictures of the world have to be equal."""
    assert now == before, f"the world is not as it was after {after}:\n  before: {before}\n  now:    {now}"


def assert_undone(stage: Stage, state: Model) -> None:
    """The action itself must see that the fault is gone, by all that it can look at."""
    assert stage.action.is_undone(stage.target, state), "is_undone is False"
    if not stage.action.cannot_be_undone:
        assert stage.has_effect(state) is not True, "is_undone and has_effect are both True"
