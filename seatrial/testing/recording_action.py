"""An action that touches nothing but a folder of yours, and misbehaves as it is told to."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from seatrial.action import Action, Lease
from seatrial.errors import Fatal, ForeignChange, Retryable
from seatrial.model.base import Model
from seatrial.model.fields import Duration
from seatrial.targets.target import BaseTarget

RECORD = "calls.jsonl"
Moment = Literal["apply", "applied", "undo", "undone"]


class Mark(Model):
    """What a recording action makes, named before it is made."""

    path: Path
    token: str
    """What the file holds; anything else in it is somebody else's."""


class Call(Model):
    """One line of the record: what was done, to what, when, and by which process."""

    moment: Moment
    target: str
    t_s: float
    """CLOCK_MONOTONIC."""
    pid: int


class RecordingAction(Action[BaseTarget, Mark]):
    """Leaves a marker file for every target it is applied to, takes it away on undo, and records both.

    Give it a name in a pack of your tests: `class Marker(RecordingAction): name = "testing.marker"`.
    """

    name: ClassVar[str] = "recording"

    folder: Path
    """Where the marker files and the record are; it has to be there."""
    apply_takes: Duration = 0.0
    """Between the file's creation and its completion: killed in between, apply ran half."""
    undo_takes: Duration = 0.0
    """Before the file is removed."""
    apply_fails: bool = False
    """Apply fails for good, with the file there half."""
    undo_fails: int = Field(default=0, ge=0)
    """The first so many tries of undo fail, whichever process makes them."""
    hang: bool = False
    """Apply makes the file and then blocks for ten minutes, deaf to every signal but SIGKILL."""
    undo_hangs: int = Field(default=0, ge=0)
    """The first so many tries of undo block like this."""
    no_effect: bool = False
    """Apply reports success and does nothing: a fault that does not bite."""

    def prepare(self, target: BaseTarget, lease: Lease) -> Mark:
        if not self.folder.is_dir():
            raise Fatal(f"{self.folder} is not a folder")
        return Mark(path=self.folder.absolute() / f"{lease.id}.mark", token=target.identity)

    def apply(self, target: BaseTarget, state: Mark) -> None:
        _record(state, "apply", target)
        if not self.no_effect:
            state.path.touch(exist_ok=True)
            if self.hang:
                _block()
            _wait(self.apply_takes)
            if self.apply_fails:
                raise Fatal("it was told to fail")
            state.path.write_text(state.token)
        _record(state, "applied", target)

    def undo(self, target: BaseTarget, state: Mark) -> None:
        """Remove the marker file, if it still holds what was put into it."""
        _record(state, "undo", target)
        tries = sum(c.moment == "undo" and c.target == target.identity for c in calls(state.path.parent))
        if tries <= self.undo_hangs:
            _block()
        if tries <= self.undo_hangs + self.undo_fails:
            raise Retryable(f"it was told to fail: try {tries}")
        _wait(self.undo_takes)
        if _content(state.path) not in (None, "", state.token):
            raise ForeignChange(f"somebody else has written to {state.path}")
        state.path.unlink(missing_ok=True)
        _record(state, "undone", target)

    def is_undone(self, target: BaseTarget, state: Mark) -> bool:
        return _content(state.path) not in ("", state.token)

    def has_effect(self, target: BaseTarget, state: Mark) -> bool:
        return _content(state.path) == state.token


def calls(folder: Path) -> list[Call]:
    """What recording actions did in this folder, in order."""
    path = folder / RECORD
    lines = path.read_text().splitlines() if path.exists() else []
    return [Call.model_validate_json(line) for line in lines]


def marks(folder: Path) -> dict[str, str]:
    """The marker files that are there now: name -> what they hold."""
    return {path.stem: path.read_text() for path in sorted(folder.glob("*.mark"))}


def _record(state: Mark, moment: Moment, target: BaseTarget) -> None:
    call = Call(moment=moment, target=target.identity, t_s=time.monotonic(), pid=os.getpid())
    descriptor = os.open(state.path.parent / RECORD, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, call.model_dump_json().encode() + b"\n")  # one write, so lines stay whole
    finally:
        os.close(descriptor)


def _content(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def _wait(seconds: float) -> None:
    if seconds:
        threading.Event().wait(seconds)


def _block() -> None:
    """As code stuck in the kernel would: nothing but SIGKILL ends it."""
    every = set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}
    signal.pthread_sigmask(signal.SIG_BLOCK, every)
    threading.Event().wait(600)
