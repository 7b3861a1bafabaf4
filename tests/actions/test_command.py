"""command keeps what every action has to, as far as its lines do."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.crew.verbs import Apply
from seatrial.errors import Fatal, Retryable
from seatrial.journal.entries import Undo
from seatrial.pack import load_packs
from seatrial.targets import process
from seatrial.targets.selector import HostSelector
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from seatrial.testing.conformance.stage import as_json

LEASE = Lease(id="l1", max_hold_s=10)


@pytest.fixture
def target() -> HostTarget:
    (host,) = HostSelector().population()
    assert isinstance(host, HostTarget)
    return host


class _Command(ActionConformance):
    @pytest.fixture
    def folder(self, tmp_path: Path) -> str:
        """All that the lines may touch."""
        self.place = tmp_path / "here"
        self.place.mkdir()
        return str(self.place)

    def snapshot(self, target: Any) -> object:
        return {path.name: path.read_text() for path in self.place.iterdir()}


class TestCommandOfFiles(_Command):
    """Two files, one after the other: killed in between, only one is there."""

    @pytest.fixture
    def action(self, folder: str) -> Action[Any, Any]:
        return self.make(
            "command",
            run="echo 1 > one.$SEATRIAL_LEASE; sleep 0.02; echo 2 > two.$SEATRIAL_LEASE",
            undo="rm -f one.$SEATRIAL_LEASE two.$SEATRIAL_LEASE",
            check="test -e two.$SEATRIAL_LEASE",
            verify="! ls *.$SEATRIAL_LEASE",
            working_directory=folder,
        )


class TestCommandWithoutLooks(_Command):
    """A line and its undo line alone."""

    moments = 3

    @pytest.fixture
    def action(self, folder: str) -> Action[Any, Any]:
        return self.make("command", run="touch mark", undo="rm -f mark", working_directory=folder)

    def test_apply_has_effect(self) -> None:  # type: ignore[override]
        pytest.skip("without `verify` or `check`, is_undone undoes: nobody can ask it under the fault")


def _cwd(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


class TestCommandOfAProcess(_Command):
    """A fault that is a process in the background."""

    moments = 4

    @pytest.fixture
    def action(self, folder: str) -> Action[Any, Any]:
        return self.make(
            "command",
            run="sleep 300 </dev/null >/dev/null 2>&1 & echo $! > pid",
            undo="test -e pid || exit 0; kill -9 $(cat pid) 2>/dev/null; rm -f pid",
            check="test -e pid && kill -0 $(cat pid)",
            working_directory=folder,
        )

    def snapshot(self, target: Any) -> object:
        """Background processes that run there: orphans by now."""
        here = str(self.place)
        return [one.argv for one in process.all_targets() if one.argv[0] == "sleep" and _cwd(one.pid) == here]


def command(**keys: object) -> Any:
    return load_packs().actions["command"].model_validate(keys)


def test_a_line_that_fails(target: HostTarget) -> None:
    action = command(run="echo no such device >&2; exit 7", undo="echo still busy >&2; exit 8")
    state = action.prepare(target, LEASE)
    with pytest.raises(Fatal, match=r"^`run` failed: exit status 7: no such device$"):
        action.apply(target, state)
    with pytest.raises(Retryable, match=r"^`undo` failed: exit status 8: still busy$"):
        action.undo(target, state)
    assert not action.is_undone(target, state)


def test_lines_that_hang(target: HostTarget) -> None:
    action = command(run="sleep 60", undo="sleep 60", verify="sleep 60", timeout="100 ms")
    state = action.prepare(target, LEASE)
    with pytest.raises(Fatal, match=r"^`run` failed: no end within 0\.1"):
        action.apply(target, state)
    with pytest.raises(Retryable, match=r"^`undo` failed: no end within 0\.1"):
        action.undo(target, state)
    with pytest.raises(Retryable, match=r"^`sleep 60`: no end within 0\.1"):
        action.is_undone(target, state)
    assert action.timeout_s == pytest.approx(3.1)


def test_the_lines_find_the_same_place_from_anywhere(
    target: HostTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "break-it").write_text("#!/bin/sh\necho $WORD $SEATRIAL_LEASE > broken\n")
    (programs / "break-it").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    action = command(run="break-it", undo="rm -f broken", environment={"WORD": "hi"})
    state = action.prepare(target, LEASE)
    monkeypatch.chdir("/")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    action.apply(target, state)
    assert (tmp_path / "broken").read_text() == "hi l1\n"
    action.undo(target, state)
    assert not (tmp_path / "broken").exists()


def test_no_working_directory(target: HostTarget, tmp_path: Path) -> None:
    action = command(run="true", undo="true", working_directory=str(tmp_path / "none"))
    with pytest.raises(Fatal, match=r"none is not a folder$"):
        action.prepare(target, LEASE)


APPLY = """
import sys
from seatrial.crew.hand import answer
from seatrial.pack import load_packs
answer(sys.argv[1].encode(), load_packs())
"""


def test_undo_ends_a_run_that_is_still_going_on(target: HostTarget, tmp_path: Path) -> None:
    action = command(
        run="echo $$ > pid; sleep 0.3; touch late; sleep 60",
        undo="rm -f late pid",
        working_directory=tmp_path,
    )
    state = action.prepare(target, LEASE)
    undo = Undo(id="f0.t0", action="command", arguments=as_json(action), target=target, state=as_json(state))
    request = Apply(undo=undo).model_dump_json(by_alias=True)
    with subprocess.Popen([sys.executable, "-c", APPLY, request]) as worker:
        while not (tmp_path / "pid").exists():
            os.sched_yield()
        os.kill(worker.pid, signal.SIGSTOP)  # neither dead nor alive: its lifeline holds
        action.undo(target, state)
        assert list(tmp_path.iterdir()) == []
        lines = [" ".join(one.argv) for one in process.all_targets(lambda line: "touch late" in line)]
        assert lines == [line for line in lines if "seatrial.crew.hand" in line], "only the worker is left"
        worker.kill()
    threading.Event().wait(0.3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"run": "true"}, "undo"),
        ({"run": "", "undo": "true"}, "at least 1 character"),
        ({"run": "  ", "undo": "true"}, "a line for the shell has something in it"),
        ({"run": "true\0", "undo": "true"}, "no NUL"),
        ({"run": "true", "undo": "true", "environment": {"A=B": "c"}}, "cannot be"),
        ({"run": "true", "undo": "true", "timeout": "0 s"}, "greater than 0"),
        ({"run": "true", "undo": "true", "rollback": "true"}, "Extra inputs"),
    ],
)
def test_what_is_refused(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        command(**keys)


def test_the_plan_says_how_it_is_undone() -> None:
    assert command(run="true", undo="rm -f mark").describe_undo() == "run `rm -f mark`"
