"""process.freeze, process.cpu_limit, process.memory_limit: a cgroup of one's own, and back."""

import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal
from seatrial.pack import load_packs
from seatrial.targets import cgroup, process
from seatrial.targets.target import ProcessTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Start, cpu_s, environment

WAITS = "echo ready; read _; true"
NAMES = ("process.freeze", "process.cpu_limit", "process.memory_limit")
ARGUMENTS: dict[str, dict[str, object]] = {
    "process.freeze": {},
    "process.cpu_limit": {"cores": 0.5},
    "process.memory_limit": {"headroom": "64 MiB"},
}

EMPTY_S = 2.0
"""Others' groups are empty for a moment, when they are made and before they are removed."""


def make(name: str, **keys: object) -> Any:
    return load_packs().actions[name].model_validate({**ARGUMENTS[name], **keys})


def lease() -> Lease:
    return Lease(id=f"test-{uuid.uuid4().hex[:12]}", max_hold_s=20)


def ours() -> list[str]:
    """Every cgroup of Seatrial on this machine but those in which other sessions of tests have processes."""
    return [str(folder) for folder in Path("/sys/fs/cgroup").rglob("seatrial-*") if not _is_theirs(folder)]


def _is_theirs(folder: Path) -> bool:
    members = _members(folder)
    give_up_s = time.monotonic() + EMPTY_S
    while members == [] and time.monotonic() < give_up_s:
        threading.Event().wait(0.05)
        members = _members(folder)
    if members is None:
        return True  # it has just gone
    return any(f"SEATRIAL_PYTEST_PID={os.getpid()}\0" not in environment(int(pid)) for pid in members)


def _members(folder: Path) -> list[str] | None:
    try:
        return (folder / "cgroup.procs").read_text().split()
    except OSError:
        return None


class _Cgroup(ActionConformance):
    moments = 4

    @pytest.fixture
    def target(self, start: Start) -> ProcessTarget:
        return start(WAITS)

    def snapshot(self, target: Any) -> object:
        try:
            return ours(), Path(f"/proc/{target.pid}/cgroup").read_text()
        except FileNotFoundError:
            return ours(), "gone"


class TestProcessFreeze(_Cgroup):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("process.freeze")


class TestProcessCpuLimit(_Cgroup):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("process.cpu_limit", cores=0.2)


@pytest.mark.slow  # its verbs are those of process.cpu_limit
class TestProcessMemoryLimit(_Cgroup):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("process.memory_limit", headroom="64 MiB")


Run = Callable[[str], tuple["subprocess.Popen[str]", ProcessTarget]]


@pytest.fixture
def run() -> Iterator[Run]:
    """A Python process that says `ready` first."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str) -> tuple["subprocess.Popen[str]", ProcessTarget]:
        line = [sys.executable, "-S", "-c", f"print('ready', flush=True)\n{code}"]
        one = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        started.append(one)
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
        target = process.as_target(one.pid)
        assert target is not None
        return one, target

    yield run
    for one in started:
        one.kill()
        one.communicate()


def needs(action: Any, target: ProcessTarget) -> None:
    if missing := action.missing_privileges(target):
        pytest.skip(f"this user lacks {missing}")


@pytest.mark.parametrize("version", [1, 2])
def test_one_that_is_frozen_answers_after_the_thaw(run: Run, version: int) -> None:
    one, target = run("import sys\nfor line in sys.stdin: print('here', flush=True)")
    action = make("process.freeze")
    needs(action, target)
    found = [tree for tree in cgroup.hierarchies("freezer") if tree.version == version]
    if not found:
        pytest.skip(f"this machine has no cgroups of version {version}")
    home = found[0].home_of(target.pid)
    assert home is not None
    own = cgroup.OwnCgroup(version=version, folder=home / f"seatrial-{lease().id}", home=home)
    assert one.stdin is not None
    assert one.stdout is not None
    action.apply(target, own)
    try:
        assert action.has_effect(target, own)
        one.stdin.write("\n")
        assert not select.select([one.stdout], [], [], 0.3)[0]
        assert process.state(target.pid) != "T", "no parent is told"
    finally:
        action.undo(target, own)
    assert one.stdout.readline() == "here\n"
    assert not own.exists


def test_processor_time_is_limited(run: Run) -> None:
    _, target = run("while True: pass")
    action = make("process.cpu_limit", cores=0.1)
    needs(action, target)
    state = action.prepare(target, lease())
    action.apply(target, state)
    try:
        began, before = time.monotonic(), cpu_s([target.pid])
        threading.Event().wait(1.5)
        share = (cpu_s([target.pid]) - before) / (time.monotonic() - began)
    finally:
        action.undo(target, state)
    assert share == pytest.approx(0.1, abs=0.04)
    began, before = time.monotonic(), cpu_s([target.pid], waiting=True)
    threading.Event().wait(0.5)
    wanted = (cpu_s([target.pid], waiting=True) - before) / (time.monotonic() - began)
    assert wanted > 0.5, "it is still throttled"


def test_more_memory_than_allowed_kills(run: Run) -> None:
    takes = "import sys\nkept = []\nfor n in sys.stdin: kept.append(b'x' * int(n)); print('ok', flush=True)"
    one, target = run(takes)
    action = make("process.memory_limit", headroom="32 MiB")
    needs(action, target)
    state = action.prepare(target, lease())
    assert one.stdin is not None
    assert one.stdout is not None
    one.stdin.write(f"{48 * 2**20}\n")
    assert one.stdout.readline() == "ok\n"
    action.apply(target, state)
    try:
        one.stdin.write(f"{8 * 2**20}\n")
        assert one.stdout.readline() == "ok\n", "what it had before does not count"
        one.stdin.write(f"{64 * 2**20}\n")
        assert one.stdout.readline() == ""
        assert one.wait(5) == -signal.SIGKILL
    finally:
        action.undo(target, state)
    assert action.is_undone(target, state)


def test_what_it_starts_goes_home_with_it(start: Start) -> None:
    target = start("echo ready; read _; sleep 60 & echo; wait")
    action = make("process.cpu_limit")
    needs(action, target)
    state = action.prepare(target, lease())
    action.apply(target, state)
    with subprocess.Popen(["sleep", "60"]) as other:
        (state.folder / "cgroup.procs").write_text(str(other.pid))
        action.undo(target, state)
        homes = {cgroup_of(target.pid), cgroup_of(other.pid)}
        other.kill()
    assert homes == {cgroup_of(os.getpid())}


def cgroup_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cgroup").read_text()


def test_one_that_has_gone(start: Start) -> None:
    target = start(WAITS)
    gone = target.model_copy(update={"pid": 2**22, "start_ticks": 1})
    for name in NAMES:
        action = make(name)
        needs(action, target)
        with pytest.raises(Fatal, match="is gone"):
            action.prepare(gone, lease())
        state = action.prepare(target, lease())
        with pytest.raises(Fatal, match="is gone"):
            action.apply(target.model_copy(update={"start_ticks": 1}), state)
        action.undo(target, state)
        assert not state.exists


def test_what_no_kernel_has() -> None:
    assert cgroup.missing_here("telepathy") == ["the cgroup controller telepathy, of version 1 or 2"]
    for name in NAMES:
        assert load_packs().actions[name].missing_here() == [], "every Linux of today has these"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("process.cpu_limit", {"cores": 0}, "greater than or equal to 0.01"),
        ("process.cpu_limit", {"cores": -1}, "greater than or equal to 0.01"),
        ("process.memory_limit", {"headroom": "1 kB"}, "greater than or equal to 1048576"),
        ("process.memory_limit", {"headroom": "-1 GB"}, "is negative"),
        ("process.freeze", {"cores": 1}, "Extra inputs"),
    ],
)
def test_what_is_refused_in_the_file(name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make(name, **keys)
