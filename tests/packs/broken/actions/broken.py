"""Actions that each break one promise: the conformance kit has to find it."""

import uuid
from typing import ClassVar

from seatrial.action import Lease
from seatrial.targets.target import BaseTarget
from seatrial.testing.recording_action import Mark, RecordingAction


class Sound(RecordingAction):
    """Keeps every promise, to compare with."""

    name: ClassVar[str] = "sound"


class PrepareActs(RecordingAction):
    """Changes the world in prepare already."""

    name: ClassVar[str] = "prepare-acts"

    def prepare(self, target: BaseTarget, lease: Lease) -> Mark:
        state = super().prepare(target, lease)
        state.path.write_text(state.token)
        return state


class UndoDoesNothing(RecordingAction):
    """Leaves the fault where it is."""

    name: ClassVar[str] = "undo-does-nothing"

    def undo(self, target: BaseTarget, state: Mark) -> None:
        """Nothing at all."""


class UndoLies(RecordingAction):
    """Leaves the fault where it is, and says that it is gone."""

    name: ClassVar[str] = "undo-lies"

    def undo(self, target: BaseTarget, state: Mark) -> None:
        """Nothing at all."""

    def is_undone(self, target: BaseTarget, state: Mark) -> bool:
        return True


class UndoOnce(RecordingAction):
    """Can be undone one time only."""

    name: ClassVar[str] = "undo-once"

    def undo(self, target: BaseTarget, state: Mark) -> None:
        """Remove the file, which has to be there."""
        state.path.unlink()


class NameChosenLate(RecordingAction):
    """Makes something whose name nobody else knows before it is done."""

    name: ClassVar[str] = "name-chosen-late"

    def apply(self, target: BaseTarget, state: Mark) -> None:
        unnamed = state.path.with_name(f"{uuid.uuid4().hex}.mark")
        unnamed.touch()
        unnamed.rename(state.path)
        state.path.write_text(state.token)


class NeedsMemory(RecordingAction):
    """Can be undone only by the process that applied it."""

    name: ClassVar[str] = "needs-memory"
    applied: ClassVar[set[str]] = set()

    def apply(self, target: BaseTarget, state: Mark) -> None:
        super().apply(target, state)
        self.applied.add(str(state.path))

    def undo(self, target: BaseTarget, state: Mark) -> None:
        """Remove the file, if this very process has made it."""
        if str(state.path) in self.applied:
            super().undo(target, state)


class TakesWhatIsNotIts(RecordingAction):
    """Removes the file whatever somebody else has written to it."""

    name: ClassVar[str] = "takes-what-is-not-its"

    def undo(self, target: BaseTarget, state: Mark) -> None:
        """Remove the file."""
        state.path.unlink(missing_ok=True)


class Undescribed(RecordingAction):
    name: ClassVar[str] = "undescribed"
    key: int = 0
