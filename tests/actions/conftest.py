"""What actions hit in tests: processes that nobody else has, hosts that are network namespaces."""

import os
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from seatrial.action import Lease
from seatrial.targets import privileges, process
from seatrial.targets.selector import HostSelector
from seatrial.targets.target import BaseTarget, HostTarget, ProcessTarget

Start = Callable[..., ProcessTarget]

RUNS_ARE_SAMPLED = frozenset({"TestProcessPause", "TestCommandOfFiles"})
"""Real runs of these are killed with the default tests, those of all others with the slow ones."""
NEEDS_A_QUIET_MACHINE = frozenset({"TestCpuStress", "test_processor_time_is_limited"})
"""They measure processor time, or burn it: with the slow tests, one at a time."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not isinstance(item, pytest.Function) or "tests/actions" not in item.path.as_posix():
            continue
        name = item.cls.__name__ if item.cls else item.originalname
        of_a_run = item.name.startswith("test_killed_at_a_step")
        if name in NEEDS_A_QUIET_MACHINE or (of_a_run and name not in RUNS_ARE_SAMPLED):
            item.add_marker(pytest.mark.slow)


def held_by_tests() -> list[ProcessTarget]:
    """Every process that holds a fault of this very session of tests, and all that it has started."""
    ours = process.with_environment(f"SEATRIAL_PYTEST_PID={os.getpid()}")
    found = [process.as_target(pid) for pid in ours if "SEATRIAL_HELD=" in environment(pid)]
    return [one for one in found if one is not None]


def environment(pid: int) -> str:
    """Of a process, each variable with a zero byte behind it; empty where it has gone."""
    try:
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


def becomes(true: Callable[[], object], within_s: float = 20.0) -> bool:
    """Whether this comes true in time, which is long: only what never comes true pays it."""
    never, deadline = threading.Event(), time.monotonic() + within_s
    while not true() and time.monotonic() < deadline:
        never.wait(0.02)
    return bool(true())


class Applied:
    """A fault that is there while the block runs, seen by the action itself; and is not, afterwards."""

    def __init__(self, action: Any, target: BaseTarget, max_hold_s: float = 30) -> None:
        self.action, self.target = action, target
        self.state = action.prepare(target, Lease(id=f"test-{uuid.uuid4().hex[:12]}", max_hold_s=max_hold_s))

    def __enter__(self) -> Any:
        self.action.apply(self.target, self.state)
        assert becomes(lambda: self.action.has_effect(self.target, self.state))
        return self.state

    def __exit__(self, *_: object) -> None:
        self.action.undo(self.target, self.state)
        assert self.action.is_undone(self.target, self.state)


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(script)`: a shell that runs it, once it says that it is ready by writing a line."""
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str, name: str = "") -> ProcessTarget:
        line = ["/bin/sh", "-c", script, name or uuid.uuid4().hex]
        started.append(subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        output = started[-1].stdout
        assert output is not None
        assert output.readline() == b"ready\n"
        target = process.as_target(started[-1].pid)
        assert target is not None
        return target

    yield start
    for one in started:
        one.kill()
        one.communicate()


@pytest.fixture
def target() -> HostTarget:
    """This machine; tests of other targets have a fixture of their own."""
    (found,) = HostSelector().population()
    assert isinstance(found, HostTarget)
    return found


class Pair(NamedTuple):
    """Two hosts with a line between them."""

    here: str
    there: str
    here_address: str = "10.213.7.1"
    there_address: str = "10.213.7.2"


@pytest.fixture(scope="module")
def hosts() -> Iterator[Pair]:
    if privileges.missing("CAP_NET_ADMIN", "CAP_SYS_ADMIN") or os.geteuid() != 0:
        pytest.skip("this user may not make network namespaces")
    name = f"seatrial-{uuid.uuid4().hex[:6]}"
    pair = Pair(f"{name}-a", f"{name}-b")
    made: list[str] = []
    try:
        for host in pair[:2]:
            ip("netns", "add", host)
            made.append(host)
            ip("-n", host, "link", "set", "lo", "up")
        ip("-n", pair.here, "link", "add", "up0", "type", "veth", "peer", "name", "up0", "netns", pair.there)
        for host, address in ((pair.here, pair.here_address), (pair.there, pair.there_address)):
            ip("-n", host, "address", "add", f"{address}/24", "dev", "up0")
            ip("-n", host, "link", "set", "up0", "up")
        yield pair
    finally:
        for host in made:
            ip("netns", "delete", host)


def ip(*words: str) -> None:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("ip is missing: apt-get install iproute2")
    if done.returncode != 0:
        pytest.skip(f"no network namespaces here: {done.stderr}")


@pytest.fixture
def _network_programs(require_program: Callable[..., Path]) -> None:
    require_program("nft", package="nftables")
    require_program("ip", package="iproute2")


def cpu_s(pids: Collection[int], *, waiting: bool = False) -> float:
    """Processor time that these processes had; with `waiting`, also the time in which they wanted it."""
    threads = [thread for pid in pids for thread in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    found = [thread.read_text().split() for thread in threads]
    return sum(int(ran) + waiting * int(waited) for ran, waited, _ in found) / 1e9
