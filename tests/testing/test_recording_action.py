"""The recording action keeps every promise, and misbehaves exactly as it is told to."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal, ForeignChange, Retryable
from seatrial.targets import process
from seatrial.targets.target import EndpointTarget
from seatrial.testing import ActionConformance, RecordingAction
from seatrial.testing.recording_action import calls, marks

TESTING = Path(__file__).parents[1] / "packs/testing"
TARGET = EndpointTarget(host="127.0.0.1", port=1)
LEASE = Lease(id="l1", max_hold_s=10)


class TestMarker(ActionConformance):
    packs = (TESTING,)

    @pytest.fixture
    def target(self) -> EndpointTarget:
        return TARGET

    @pytest.fixture
    def action(self, tmp_path: Path) -> Action[Any, Any]:
        self.folder = tmp_path
        return self.make("testing.marker", folder=str(tmp_path), apply_takes="5 ms", undo_takes="2 ms")

    def snapshot(self, target: Any) -> object:
        return marks(self.folder)

    def foreign_change(self, target: Any, state: Any) -> None:
        state.path.write_text("mine now")


def test_the_record(tmp_path: Path) -> None:
    action = RecordingAction(folder=tmp_path)
    state = action.prepare(TARGET, LEASE)
    assert calls(tmp_path) == []
    action.apply(TARGET, state)
    assert marks(tmp_path) == {"l1": TARGET.identity}
    action.undo(TARGET, state)
    assert marks(tmp_path) == {}
    record = calls(tmp_path)
    assert [call.moment for call in record] == ["apply", "applied", "undo", "undone"]
    assert {(call.target, call.pid) for call in record} == {(TARGET.identity, os.getpid())}
    assert [call.t_s for call in record] == sorted(call.t_s for call in record)


def test_undo_fails_so_many_times(tmp_path: Path) -> None:
    action = RecordingAction(folder=tmp_path, undo_fails=2)
    action.apply(TARGET, state := action.prepare(TARGET, LEASE))
    for _ in range(2):
        with pytest.raises(Retryable):
            action.undo(TARGET, state)
        assert not action.is_undone(TARGET, state)
    action.undo(TARGET, state)
    assert action.is_undone(TARGET, state)


def test_apply_fails_half_way(tmp_path: Path) -> None:
    action = RecordingAction(folder=tmp_path, apply_fails=True)
    state = action.prepare(TARGET, LEASE)
    with pytest.raises(Fatal):
        action.apply(TARGET, state)
    assert marks(tmp_path) == {"l1": ""}
    assert not action.is_undone(TARGET, state)
    action.undo(TARGET, state)
    assert action.is_undone(TARGET, state)


def test_a_fault_that_does_not_bite(tmp_path: Path) -> None:
    action = RecordingAction(folder=tmp_path, no_effect=True)
    action.apply(TARGET, state := action.prepare(TARGET, LEASE))
    assert not action.has_effect(TARGET, state)


def test_a_foreign_change(tmp_path: Path) -> None:
    action = RecordingAction(folder=tmp_path)
    action.apply(TARGET, state := action.prepare(TARGET, LEASE))
    state.path.write_text("mine now")
    with pytest.raises(ForeignChange):
        action.undo(TARGET, state)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="is not a folder"):
        RecordingAction(folder=tmp_path / "none").prepare(TARGET, LEASE)


HANG = """
import sys
from pathlib import Path
from seatrial.action import Lease
from seatrial.targets.target import EndpointTarget
from seatrial.testing.recording_action import RecordingAction
action = RecordingAction.model_validate({"folder": sys.argv[1], sys.argv[2]: True})
target = EndpointTarget(host="h", port=1)
state = action.prepare(target, Lease(id="l", max_hold_s=1))
(action.apply if sys.argv[2] == "hang" else action.undo)(target, state)
"""


@pytest.mark.parametrize(("key", "moment"), [("hang", "apply"), ("undo_hangs", "undo")])
def test_it_hangs_and_only_sigkill_ends_it(tmp_path: Path, key: str, moment: str) -> None:
    with subprocess.Popen([sys.executable, "-c", HANG, str(tmp_path), key]) as hung:
        while [call.moment for call in calls(tmp_path)] != [moment]:
            os.sched_yield()
        while b"1" not in _blocked_signals(hung.pid):
            os.sched_yield()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            hung.send_signal(number)
        threading.Event().wait(0.05)
        assert hung.poll() is None
        hung.kill()
        assert process.wait_until_gone(hung.pid, 5)


def _blocked_signals(pid: int) -> bytes:
    """SigBlk of SIGTERM: b"1" or b"0"."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = int(next(line for line in status.splitlines() if line.startswith("SigBlk:")).split()[1], 16)
    return b"1" if mask >> (signal.SIGTERM - 1) & 1 else b"0"
