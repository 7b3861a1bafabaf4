"""connection.exhaust, process.fd_limit, process.renice: kept promises, effects, refusals."""

import os
import re
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal, ForeignChange
from seatrial.pack import load_packs
from seatrial.targets import privileges, process
from seatrial.targets.target import EndpointTarget, ProcessTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Applied, Start, cpu_s, held_by_tests

LEASE = Lease(id=f"limits-{os.getpid()}", max_hold_s=20)
WAITS = "echo ready; read _; true"


def make(name: str, **keys: object) -> Any:
    return load_packs().actions[name].model_validate(keys)


class Server:
    """Accepts every connection, keeps it, and counts those that are open."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def target(self) -> EndpointTarget:
        return EndpointTarget(host="127.0.0.1", port=self.socket.getsockname()[1])

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                self.open.append(self.socket.accept()[0])

    def alive(self) -> int:
        """How many of the accepted ones the other side has not ended."""
        return sum(1 for one in self.open if self._is_open(one))

    @staticmethod
    def _is_open(one: socket.socket) -> bool:
        if one.fileno() < 0:
            return False
        with suppress(BlockingIOError):
            one.setblocking(False)
            try:
                return bool(one.recv(1))
            except ConnectionResetError:
                return False
        return True

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for one in (self.socket, *self.open):
            one.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


SERVES = """
import socket
server, kept = socket.create_server(("127.0.0.1", 0), backlog=64), []
print("ready", flush=True)
while True: kept.append(server.accept()[0])
"""


class TestConnectionExhaust(ActionConformance):
    moments = 3

    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("connection.exhaust", connections=3)

    @pytest.fixture
    def target(self, start: Start) -> EndpointTarget:
        """A server that is not the run's own, as one would be that pytest is."""
        server = start(f"exec {sys.executable} -S -c '{SERVES}'")
        (listening,) = psutil.Process(server.pid).net_connections()
        return _endpoint(listening.laddr[1])

    def snapshot(self, target: Any) -> object:
        return [one.pid for one in held_by_tests()]


def test_connections_are_held_and_opened_again(server: Server) -> None:
    action = make("connection.exhaust", connections=300)
    state = action.prepare(server.target, LEASE)
    action.apply(server.target, state)
    try:
        assert _becomes(lambda: server.alive() == 300)
        for one in server.open[:40]:
            one.close()
        assert _becomes(lambda: server.alive() == 300)
    finally:
        action.undo(server.target, state)
    assert _becomes(lambda: server.alive() == 0)


GREETS_FEW = """
import resource, selectors, socket
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
server, kept = socket.create_server(("127.0.0.1", 0), backlog=64), selectors.DefaultSelector()
kept.register(server, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in kept.select(0.05):
        try:
            if key.fileobj is server:
                one = server.accept()[0]
                one.sendall(b"hello")
                kept.register(one, selectors.EVENT_READ)
            elif not key.fileobj.recv(99):
                kept.unregister(key.fileobj)
                key.fileobj.close()
        except OSError: pass
"""


def test_a_server_has_no_connection_left_for_its_clients(start: Start) -> None:
    """One that can have some thirty: connections beyond that are made by the kernel, and nobody greets."""
    server = start(f"exec {sys.executable} -S -c '{GREETS_FEW}'")
    (listening,) = psutil.Process(server.pid).net_connections()

    def greeted(within_s: float) -> bytes:
        with socket.create_connection(listening.laddr, 5) as client:
            client.settimeout(within_s)
            with suppress(TimeoutError):
                return client.recv(9)
        return b""

    assert greeted(5) == b"hello"
    with Applied(make("connection.exhaust", connections=50), _endpoint(listening.laddr[1])):
        assert _becomes(lambda: greeted(0.3) == b"")
    assert _becomes(lambda: greeted(1) == b"hello")


def test_nobody_there_is_a_fault_that_fails() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    action, target = make("connection.exhaust", connections=3, within="300 ms"), _endpoint(port)
    with pytest.raises(Fatal, match="Connection refused"):
        action.apply(target, state := action.prepare(target, LEASE))
    assert action.is_undone(target, state)


def _endpoint(port: int) -> EndpointTarget:
    return EndpointTarget(host="127.0.0.1", port=port)


def _becomes(true: Any, within_s: float = 5.0) -> bool:
    never, waited_s = threading.Event(), 0.0
    while not true() and waited_s < within_s:
        never.wait(0.02)
        waited_s += 0.02
    return bool(true())


class TestProcessFdLimit(ActionConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("process.fd_limit", limit=7)

    @pytest.fixture
    def target(self, start: Start) -> ProcessTarget:
        return start(WAITS)

    def snapshot(self, target: Any) -> object:
        with suppress(ProcessLookupError):
            return resource.prlimit(target.pid, resource.RLIMIT_NOFILE)
        return "gone"

    def foreign_change(self, target: Any, state: Any) -> None:
        resource.prlimit(target.pid, resource.RLIMIT_NOFILE, (99, state.hard))


OPENS = """
import socket, sys
kept = []
print("ready", flush=True)
for _ in sys.stdin:
    try:
        kept.append(socket.socket())
        print("open", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
"""


def test_no_socket_can_be_opened_under_the_limit() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OPENS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as opener:
        assert opener.stdout is not None
        opener.stdout.readline()
        target = process.as_target(opener.pid)
        assert target is not None

        def said() -> str:
            assert opener.stdin is not None
            assert opener.stdout is not None
            opener.stdin.write("\n")
            return opener.stdout.readline().strip()

        assert said() == "open"
        action = make("process.fd_limit", limit=3)
        action.apply(target, state := action.prepare(target, LEASE))
        assert said() == "Too many open files"
        action.undo(target, state)
        assert said() == "open"
        assert opener.stdin is not None
        opener.stdin.close()


def test_a_limit_that_lowers_nothing(start: Start) -> None:
    with pytest.raises(Fatal, match="would not lower it"):
        make("process.fd_limit", limit=1_048_576).prepare(start(f"ulimit -Sn 50; {WAITS}"), LEASE)


class TestProcessRenice(ActionConformance):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("process.renice", niceness=15)

    @pytest.fixture
    def target(self, start: Start) -> ProcessTarget:
        return start(WAITS)

    def snapshot(self, target: Any) -> object:
        with suppress(ProcessLookupError):
            return os.getpriority(os.PRIO_PROCESS, target.pid)
        return "gone"

    def foreign_change(self, target: Any, state: Any) -> None:
        os.setpriority(os.PRIO_PROCESS, target.pid, 3)


THREADS = """
import os, threading
def run():
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
    told.release()
    threading.Event().wait(60)
told = threading.Semaphore(0)
for run in (run, lambda: (told.release(), threading.Event().wait(60))):
    threading.Thread(target=run, daemon=True).start()
    told.acquire()
print("ready", flush=True)
input()
"""


def test_every_thread_is_hit_and_gets_its_own_back() -> None:
    if privileges.missing("CAP_SYS_NICE"):
        pytest.skip("this user may not come back")
    with subprocess.Popen(
        [sys.executable, "-c", THREADS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as one:
        assert one.stdout is not None
        one.stdout.readline()
        target = process.as_target(one.pid)
        assert target is not None

        def niceness() -> list[int]:
            threads = sorted(map(int, os.listdir(f"/proc/{one.pid}/task")))
            return [os.getpriority(os.PRIO_PROCESS, thread) for thread in threads]

        before = niceness()
        assert sorted(before) == [0, 0, 5]
        action = make("process.renice")
        action.apply(target, state := action.prepare(target, LEASE))
        assert niceness() == [19, 19, 19]
        action.undo(target, state)
        assert niceness() == before
        one.communicate(b"\n")


BURNS = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
print("ready", flush=True)
while True: pass
"""


def test_one_that_is_nice_gets_what_the_other_leaves() -> None:
    """On one core, and both want all of it: at 19 the kernel gives 15 parts of 1039, else a half."""
    if privileges.missing("CAP_SYS_NICE"):
        pytest.skip("this user may not come back")
    core = str(min(os.sched_getaffinity(0)))
    line = [sys.executable, "-S", "-c", BURNS, core]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as nice, subprocess.Popen(line, stdout=-1) as other:
        for one in (nice, other):
            assert one.stdout is not None
            assert one.stdout.readline() == b"ready\n"

        def share(for_s: float) -> float:
            """Of what both of them get."""
            before = cpu_s([nice.pid]), cpu_s([other.pid])
            threading.Event().wait(for_s)
            its, others = cpu_s([nice.pid]) - before[0], cpu_s([other.pid]) - before[1]
            return its / (its + others)

        target = process.as_target(nice.pid)
        assert target is not None
        with Applied(make("process.renice"), target):
            assert share(1.0) < 0.15
        assert 0.25 < share(1.0) < 0.75
        nice.kill()
        other.kill()


def test_what_somebody_else_set_is_told(start: Start) -> None:
    for action, change in (
        (make("process.renice"), lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 4)),
        (
            make("process.fd_limit", limit=5),
            lambda pid: resource.prlimit(pid, resource.RLIMIT_NOFILE, (77, 100)),
        ),
    ):
        target = start(WAITS)
        action.apply(target, state := action.prepare(target, LEASE))
        change(target.pid)
        with pytest.raises(ForeignChange, match="neither"):
            action.undo(target, state)


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("connection.exhaust", {}, "Field required"),
        ("connection.exhaust", {"connections": 0}, "greater than or equal to 1"),
        ("connection.exhaust", {"connections": 60_000}, "less than or equal to 50000"),
        ("process.fd_limit", {"limit": -1}, "greater than or equal to 0"),
        ("process.renice", {"niceness": 20}, "less than or equal to 19"),
        ("process.renice", {"niceness": -5}, "greater than or equal to 1"),
    ],
)
def test_what_is_refused_in_the_file(name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make(name, **keys)
