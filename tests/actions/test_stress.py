"""cpu.stress, memory.stress, io.stress and disk.fill: kept promises, effects seen from outside, refusals."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal
from seatrial.held.hold import held
from seatrial.pack import load_packs
from seatrial.targets import host, process
from seatrial.targets.selector import HostSelector
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import cpu_s, held_by_tests

MIB = 2**20


@pytest.fixture
def target() -> HostTarget:
    (found,) = HostSelector().population()
    assert isinstance(found, HostTarget)
    return found


def make(name: str, **keys: object) -> Any:
    return load_packs().actions[name].model_validate(keys)


class _Holding(ActionConformance):
    moments = 3

    def snapshot(self, target: Any) -> object:
        return [one.pid for one in held_by_tests()]


class TestCpuStress(_Holding):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("cpu.stress", workers=1, load="5%")


@pytest.mark.slow  # its verbs are those of cpu.stress
class TestMemoryStress(_Holding):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("memory.stress", amount="1 MiB")


class _Files(_Holding):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "disk"
        self.folder.mkdir()

    def snapshot(self, target: Any) -> object:
        return super().snapshot(target), sorted(self.folder.iterdir())


@pytest.mark.slow  # its verbs are those of disk.fill
class TestIoStress(_Files):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("io.stress", folder=str(self.folder), file_size="1 MiB")


class TestDiskFill(_Files):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("disk.fill", folder=str(self.folder), amount="1 MiB")


class _Applied:
    """A fault that is there while the block runs."""

    def __init__(self, action: Any, target: HostTarget, max_hold_s: float = 30) -> None:
        self.action, self.target = action, target
        self.state = action.prepare(target, Lease(id=f"test-{os.getpid()}-{id(self)}", max_hold_s=max_hold_s))

    def __enter__(self) -> list[int]:
        self.action.apply(self.target, self.state)
        assert self.action.has_effect(self.target, self.state)
        return [one.pid for one in held(self.state.lease)]

    def __exit__(self, *_: object) -> None:
        self.action.undo(self.target, self.state)
        assert self.action.is_undone(self.target, self.state)


def test_cpu_is_burnt_as_asked(target: HostTarget) -> None:
    """15 % each; on a machine that is busy with other things, at least wanted as much."""
    with _Applied(make("cpu.stress", workers=2, load="15%"), target) as pids:
        assert len(pids) == 2
        began, before, wanted = time.monotonic(), cpu_s(pids), cpu_s(pids, waiting=True)
        threading.Event().wait(1.5)
        took_s = time.monotonic() - began
        burnt, asked = (cpu_s(pids) - before) / took_s, (cpu_s(pids, waiting=True) - wanted) / took_s
    assert 0.03 < burnt < 0.30 * 1.2
    assert asked > 0.30 * 0.9


def test_every_core_is_burnt_where_nothing_else_is_said() -> None:
    assert make("cpu.stress").copies() == len(os.sched_getaffinity(0))


def resident_bytes(pid: int) -> int:
    found = re.search(r"^VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def test_memory_is_taken_as_asked(target: HostTarget) -> None:
    with _Applied(make("memory.stress", amount="150 MiB"), target) as (pid,):
        assert resident_bytes(pid) == pytest.approx(150 * MIB, rel=0.1)


def test_a_disk_is_written_to(target: HostTarget, tmp_path: Path) -> None:
    with _Applied(make("io.stress", folder=str(tmp_path), file_size="2 MiB"), target) as (pid,):
        found = re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.MULTILINE)
    assert found
    assert int(found[1]) >= MIB


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MiB that nobody else writes to."""
    if os.geteuid() != 0:
        pytest.skip("this user may not mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "seatrial-test", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_is_filled_to_the_byte(target: HostTarget, small_disk: Path) -> None:
    empty = host.free_bytes(small_disk)
    with _Applied(make("disk.fill", folder=str(small_disk), amount="40 MiB", floor="1 MiB"), target):
        assert empty - host.free_bytes(small_disk) == pytest.approx(40 * MIB, rel=0.01)
    assert host.free_bytes(small_disk) == empty
    with _Applied(make("disk.fill", folder=str(small_disk), leave_free="0 B", floor="0 B"), target):
        with pytest.raises(OSError, match="No space left"):
            (small_disk / "log").write_bytes(b"x" * MIB)
        (small_disk / "log").unlink()
    assert host.free_bytes(small_disk) == empty


def test_the_room_is_free_again_by_itself(target: HostTarget, small_disk: Path) -> None:
    empty = host.free_bytes(small_disk)
    action = make("disk.fill", folder=str(small_disk), amount="8 MiB", floor="1 MiB")
    with _Applied(action, target, max_hold_s=0.7) as (pid,):
        assert host.free_bytes(small_disk) < empty
        assert process.wait_until_gone(pid, 5)
        assert host.free_bytes(small_disk) == empty


def test_file_systems_are_told_apart(small_disk: Path, tmp_path: Path) -> None:
    assert host.file_system_of(small_disk) == "tmpfs"
    assert host.file_system_of(Path("/proc/sys")) == "proc"
    assert host.file_system_of(tmp_path) not in {"proc", "unknown"}
    assert host.is_on_root_file_system(Path("/"))
    assert not host.is_on_root_file_system(small_disk)


def test_what_is_refused_on_a_small_disk(target: HostTarget, small_disk: Path) -> None:
    action = make("disk.fill", folder=str(small_disk), amount="60 MiB", floor="10 MiB")
    assert action.refusal(target) == "of 64 MiB that are free 60 MiB would be taken, but 10 MiB have to stay"
    state = action.prepare(target, Lease(id="l", max_hold_s=10))
    with pytest.raises(Fatal, match="have to stay"):
        action.apply(target, state)
    assert "which is no disk" in make("io.stress", folder=str(small_disk)).refusal(target)


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("cpu.stress", {"workers": 1000}, "1000 workers are more than"),
        ("memory.stress", {"amount": "900 TB"}, "would be taken, but 256 MiB have to stay"),
        ("memory.stress", {"leave_available": "900 TB"}, "there is nothing to take"),
        ("disk.fill", {"folder": "/", "amount": "1 MB"}, "`/` is not to be filled"),
        ("disk.fill", {"folder": "/usr/..", "amount": "1 MB"}, "`/` is not to be filled"),
        ("disk.fill", {"folder": "/proc/sys", "amount": "1 MB"}, "is on proc, which holds no files"),
        ("disk.fill", {"folder": "/sys", "amount": "1 MB"}, "is on sysfs, which holds no files"),
        ("disk.fill", {"folder": "/dev", "amount": "1 MB"}, "which holds no files"),
        ("disk.fill", {"folder": "/usr", "amount": "1 MB", "floor": "1 MB"}, "has to be 256 MiB at least"),
        ("disk.fill", {"folder": "/usr", "amount": "900 TB"}, "have to stay"),
        ("disk.fill", {"folder": "/usr/bin/env", "amount": "1 MB"}, "is not a folder"),
        ("io.stress", {"folder": "/proc"}, "is on proc, which is no disk"),
        ("io.stress", {"folder": "/none"}, "is not a folder"),
    ],
)
def test_what_is_refused_in_the_plan(
    name: str, keys: dict[str, object], said: str, target: HostTarget
) -> None:
    assert said in make(name, **keys).refusal(target)


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("cpu.stress", {"load": "0%"}, "greater than 0"),
        ("cpu.stress", {"load": "101%"}, "outside 0% to 100%"),
        ("cpu.stress", {"load": "-1%"}, "outside 0% to 100%"),
        ("cpu.stress", {"workers": 0}, "greater than or equal to 1"),
        ("memory.stress", {}, "either `amount` or `leave_available`"),
        ("memory.stress", {"amount": "1 MB", "leave_available": "1 GB"}, "either"),
        ("memory.stress", {"amount": "-1 MB"}, "is negative"),
        ("memory.stress", {"amount": "1 MB", "floor": "1 MB"}, "greater than or equal to"),
        ("memory.stress", {"leave_available": "100 MiB"}, "is below `floor`"),
        ("disk.fill", {"folder": "/srv"}, "either `amount` or `leave_free`"),
        ("disk.fill", {"folder": "/srv", "leave_free": "1 MB"}, "is below `floor`"),
        ("disk.fill", {"folder": "/srv", "amount": "0 B"}, "greater than 0"),
        ("io.stress", {"folder": "/srv", "workers": 1000}, "less than or equal to 64"),
        ("io.stress", {"folder": "/srv", "file_size": "1 B"}, "greater than or equal to"),
    ],
)
def test_what_is_refused_in_the_file(name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make(name, **keys)
