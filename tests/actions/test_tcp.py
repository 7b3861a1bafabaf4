"""tcp.*: by a redirect between network namespaces of the test's own, and by a standing proxy."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action
from seatrial.errors import Fatal, Retryable
from seatrial.held.hold import held
from seatrial.kernel import programs
from seatrial.kernel.lapse import LIVES_S
from seatrial.targets import process
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Pair, held_by_tests, ip
from tests.actions.proxied import fault, lease, make, ruleset
from tests.actions.standing import echo_server, faults_of, free_port, standing_proxy

pytestmark = pytest.mark.usefixtures("_network_programs")
PORT = 8000


@pytest.fixture(scope="module")
def server(hosts: Pair) -> Iterator[int]:
    """Echoes, over there."""
    with echo_server("nsenter", f"--net=/run/netns/{hosts.there}", host="0.0.0.0", port=PORT) as port:
        yield port


class _Redirected(ActionConformance):
    moments = 3

    @pytest.fixture(autouse=True)
    def _hosts(self, hosts: Pair) -> None:
        self.hosts = hosts

    def snapshot(self, target: Any) -> object:
        return ruleset(self.hosts.here), held_by_tests()


class _Standing(ActionConformance):
    moments = 3
    address: str

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _proxy(cls) -> Iterator[None]:
        with echo_server() as port, standing_proxy(port) as cls.address:
            yield

    def snapshot(self, target: Any) -> object:
        return faults_of(self.address), held_by_tests()


class TestTcpLatency(_Redirected):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("tcp.latency", latency="20 ms", port=PORT, namespace=hosts.here)


class TestTcpBlackhole(_Standing):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("tcp.blackhole", proxy=self.address)


@pytest.mark.slow  # they differ from those above by the name of the fault
class TestTcpReset(_Redirected):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        keys = {"open_connections": "reset", "direction": "out"}
        return self.make("tcp.reset", port=PORT, namespace=hosts.here, **keys)


@pytest.mark.slow  # as above
class TestTcpBandwidth(_Standing):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("tcp.bandwidth", proxy=self.address, rate="1 MB/s")


@pytest.mark.slow  # as above
class TestTcpSlice(_Standing):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("tcp.slice", proxy=self.address, size="100 B")


@pytest.mark.slow  # as above
class TestTcpSlowClose(_Standing):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("tcp.slow_close", proxy=self.address, delay="1 s")


@pytest.mark.slow  # as above
class TestTcpLimit(_Standing):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("tcp.limit", proxy=self.address, size="1 kB")


ASKS = """
import json, socket, statistics, sys, time
host, port, times, size = sys.argv[1], *map(int, sys.argv[2:])
found = {"error": None, "p50_ms": None, "bytes_per_s": None}
try:
    with socket.create_connection((host, port), 1) as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        took = []
        for _ in range(times):
            begun, left = time.monotonic(), size
            one.sendall(bytes(size))
            while left:
                data = one.recv(65536)
                if not data: raise EOFError
                left -= len(data)
            took.append(time.monotonic() - begun)
        found["p50_ms"] = statistics.median(took) * 1000
        found["bytes_per_s"] = size * times / sum(took)
except (OSError, EOFError) as error: found["error"] = type(error).__name__
print(json.dumps(found))
"""


def asked(namespace: str, host: str, times: int = 1, size: int = 100, port: int = PORT) -> dict[str, Any]:
    """What a client sees that is in this namespace."""
    inside = ["nsenter", f"--net=/run/netns/{namespace}", sys.executable, "-S", "-c", ASKS]
    line = [*inside, host, str(port), str(times), str(size)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("where", ["of the client", "of the server"])
def test_latency_at_p50_is_what_was_asked(where: str, hosts: Pair, target: HostTarget) -> None:
    """In the client's namespace connections leave, in the server's they arrive."""
    straight_ms = asked(hosts.here, hosts.there_address, times=31)["p50_ms"]
    namespace = hosts.here if where == "of the client" else hosts.there
    with fault(target, "tcp.latency", latency="150 ms", port=PORT, namespace=namespace):
        added_ms = asked(hosts.here, hosts.there_address, times=5)["p50_ms"] - straight_ms
    assert added_ms == pytest.approx(150, rel=0.1)
    assert asked(hosts.here, hosts.there_address, times=11)["p50_ms"] < 75


@pytest.mark.usefixtures("server")
def test_bandwidth_is_what_was_asked(hosts: Pair, target: HostTarget) -> None:
    with fault(target, "tcp.bandwidth", rate="1 MB/s", port=PORT, namespace=hosts.here):
        seen = asked(hosts.here, hosts.there_address, size=1_200_000)["bytes_per_s"]
    assert seen == pytest.approx(1e6, rel=0.1)
    assert asked(hosts.here, hosts.there_address, size=1_200_000)["bytes_per_s"] > 5e6


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("keys", "hit"),
    [
        ({"addresses": ["10.213.7.0/24"]}, True),
        ({"addresses": ["10.213.8.0/24", "fd00::/64"]}, False),
        ({"port": PORT + 1}, False),
        ({"port": PORT, "direction": "in"}, False),
        ({"port": PORT, "direction": "out"}, True),
        ({"port": PORT, "user": "root"}, True),
        ({"user": str(os.geteuid() + 1)}, False),
        ({}, True),
    ],
)
def test_whose_connections_are_hit(
    keys: dict[str, object], hit: bool, hosts: Pair, target: HostTarget
) -> None:
    with fault(target, "tcp.reset", namespace=hosts.here, **keys):
        assert (asked(hosts.here, hosts.there_address)["error"] == "ConnectionResetError") is hit
    assert asked(hosts.here, hosts.there_address)["error"] is None


@pytest.mark.usefixtures("server")
def test_of_a_cgroup(hosts: Pair, target: HostTarget) -> None:
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    mounted = next((Path(one.split()[4]) for one in mounts if " - cgroup2 " in one), None)
    if mounted is None or not os.access(mounted, os.W_OK):
        pytest.skip("no cgroups of version 2 here")
    folder = mounted / f"seatrial-test-{uuid.uuid4().hex[:6]}"
    folder.mkdir()
    try:
        with fault(target, "tcp.reset", namespace=hosts.here, cgroup=f"/{folder.name}"):
            assert asked(hosts.here, hosts.there_address)["error"] is None
            within = f"echo $$ > {folder}/cgroup.procs; exec nsenter --net=/run/netns/{hosts.here} "
            line = f"{within} {sys.executable} -S -c '{ASKS}' {hosts.there_address} {PORT} 1 1"
            done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True)
            assert json.loads(done.stdout)["error"] == "ConnectionResetError"
    finally:
        folder.rmdir()


def test_connections_of_this_host_to_itself_on_both_protocols(hosts: Pair, target: HostTarget) -> None:
    inside = ("nsenter", f"--net=/run/netns/{hosts.here}")
    with (
        echo_server(*inside, host="127.0.0.1", port=PORT),
        fault(target, "tcp.latency", latency="100 ms", port=PORT, namespace=hosts.here),
    ):
        assert asked(hosts.here, "127.0.0.1", times=5)["p50_ms"] == pytest.approx(100, rel=0.25)


KEEPS = """
import socket, sys, time
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 2) as one:
    for line in sys.stdin:
        try:
            one.sendall(b"x")
            print(len(one.recv(1)), flush=True)
        except OSError as error: print(type(error).__name__, flush=True)
"""


@contextmanager
def open_connection(hosts: Pair, port: int = PORT) -> Iterator[Callable[[], str]]:
    """A connection from here to there: what it sees when it says something."""
    inside = ["nsenter", f"--net=/run/netns/{hosts.here}", sys.executable, "-S", "-c", KEEPS]
    line = [*inside, hosts.there_address, str(port)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        wanted, seen = client.stdin, client.stdout
        assert wanted is not None
        assert seen is not None

        def say() -> str:
            wanted.write("go\n")
            wanted.flush()
            return seen.readline().strip()

        yield say
        wanted.close()


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(("open_connections", "seen"), [("leave", "1"), ("reset", "ConnectionResetError")])
@pytest.mark.parametrize("side", ["here", "there"])
def test_connections_that_are_open_before(
    open_connections: str, seen: str, side: str, hosts: Pair, target: HostTarget
) -> None:
    keys = {"port": PORT, "namespace": getattr(hosts, side), "open_connections": open_connections}
    with open_connection(hosts) as say:
        assert say() == "1"
        with fault(target, "tcp.latency", latency="1 ms", **keys):
            assert say() == seen
            assert asked(hosts.here, hosts.there_address)["error"] is None


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("side", ["here", "there"])
def test_ssh_is_spared_where_no_port_is_named(side: str, hosts: Pair, target: HostTarget) -> None:
    """Old connections and new ones, on the side that connects and on the other."""
    peer = hosts.there_address if side == "here" else hosts.here_address
    keys = {"addresses": [peer], "namespace": getattr(hosts, side), "open_connections": "reset"}
    inside = ("nsenter", f"--net=/run/netns/{hosts.there}")
    with (
        echo_server(*inside, host="0.0.0.0", port=22),
        open_connection(hosts, port=22) as say,
        open_connection(hosts) as say_elsewhere,
    ):
        assert say() == say_elsewhere() == "1"
        with fault(target, "tcp.reset", **keys):
            assert say_elsewhere() == "ConnectionResetError"
            assert say() == "1"
            assert asked(hosts.here, hosts.there_address, port=22)["error"] is None
            assert asked(hosts.here, hosts.there_address)["error"] == "ConnectionResetError"


@pytest.mark.usefixtures("server")
def test_faults_on_the_same_connections_add_up(hosts: Pair, target: HostTarget) -> None:
    keys = {"port": PORT, "namespace": hosts.here}
    with fault(target, "tcp.latency", latency="120 ms", **keys):
        with fault(target, "tcp.latency", latency="80 ms", **keys):
            both_ms = asked(hosts.here, hosts.there_address, times=5)["p50_ms"]
        assert both_ms == pytest.approx(200, rel=0.15)
        assert asked(hosts.here, hosts.there_address, times=5)["p50_ms"] == pytest.approx(120, rel=0.25)


TRIES = """
import socket, sys, time
failed = []
while time.monotonic() < float(sys.argv[3]):
    begun = time.monotonic()
    try:
        with socket.create_connection((sys.argv[1], int(sys.argv[2])), 0.2) as one:
            one.settimeout(0.2)
            one.sendall(b"x")
            if not one.recv(1): raise OSError
    except OSError: failed.append((begun, time.monotonic()))
    time.sleep(0.005)
print(failed[-1][1] - failed[0][0] if failed else 0.0)
"""


def cut_off_s(hosts: Pair, during: Callable[[], None], lasts_s: float) -> float:
    """From the begin of the first try that failed to the end of the last one, a try every 5 ms."""
    inside = ["nsenter", f"--net=/run/netns/{hosts.here}", sys.executable, "-S", "-c", TRIES]
    line = [*inside, hosts.there_address, str(PORT), str(time.monotonic() + lasts_s)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        threading.Event().wait(0.5)
        during()
        return float(client.stdout.readline())


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("number", "most_s"),
    [
        pytest.param(signal.SIGKILL, 1.0, id="killed"),
        pytest.param(signal.SIGSTOP, LIVES_S + 1.0, id="hung", marks=pytest.mark.slow),
    ],
)
def test_a_dead_proxy_cuts_nobody_off(
    number: signal.Signals, most_s: float, hosts: Pair, target: HostTarget
) -> None:
    """The kernel deletes the redirect with its owner; of one that hangs the rules lose their effect."""
    with fault(target, "tcp.latency", latency="1 ms", port=PORT, namespace=hosts.here) as state:
        (proxy,) = held(state.lease)
        took_s = cut_off_s(hosts, lambda: os.kill(proxy.pid, number), lasts_s=most_s + 1.0)
        assert took_s < most_s
        assert asked(hosts.here, hosts.there_address)["error"] is None


WAITS = """
import socket, sys
all = [socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) for _ in range(40)]
for one in all: one.sendall(b"x")
print("ready", flush=True)
seen = []
for one in all:
    one.settimeout(1)
    try: seen.append("answered" if one.recv(1) else "closed")
    except OSError as error: seen.append(type(error).__name__)
print(*sorted(set(seen)))
"""


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("taken", [True, False])
def test_who_waits_for_an_answer_is_told_of_the_end(*, taken: bool, hosts: Pair, target: HostTarget) -> None:
    """The redirect must not go before the connections have, also those that the proxy has not taken yet."""
    inside = ["nsenter", f"--net=/run/netns/{hosts.here}", sys.executable, "-S", "-c", WAITS]
    line = [*inside, hosts.there_address, str(PORT)]
    with fault(target, "tcp.latency", latency="30 s", port=PORT, namespace=hosts.here) as state:
        if not taken:
            os.kill(held(state.lease)[0].pid, signal.SIGSTOP)
        client = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        assert client.stdout is not None
        assert client.stdout.readline() == "ready\n"
    with client:
        assert set(client.stdout.readline().split()) <= {"ConnectionResetError", "closed"}


def test_the_proxy_takes_nothing_but_what_was_redirected(hosts: Pair, target: HostTarget) -> None:
    with fault(target, "tcp.latency", latency="1 ms", port=PORT, namespace=hosts.there):
        (port, *_) = re.findall(r"redirect to :(\d+)", ruleset(hosts.there))
        assert asked(hosts.here, hosts.there_address, port=int(port))["error"] == "ConnectionRefusedError"


def test_a_table_of_somebody_else_is_left_alone(hosts: Pair, target: HostTarget) -> None:
    assert programs.run(hosts.here, "nft", "add table inet seatrial_theirs { chain c { }; }").ok
    before = ruleset(hosts.here)
    with fault(target, "tcp.latency", latency="1 ms", port=PORT, namespace=hosts.here):
        assert ruleset(hosts.here) != before
    assert ruleset(hosts.here) == before
    assert programs.run(hosts.here, "nft", "delete table inet seatrial_theirs").ok


def test_a_namespace_that_is_removed(hosts: Pair, target: HostTarget) -> None:
    name = f"{hosts.here}-x"
    ip("netns", "add", name)
    ip("-n", name, "link", "set", "lo", "up")
    action = make("tcp.latency", latency="1 ms", namespace=name)
    state = action.prepare(target, lease())
    action.apply(target, state)
    ip("netns", "delete", name)
    action.undo(target, state)
    assert action.is_undone(target, state)
    assert "there is no network namespace" in action.refusal(target)


def test_a_standing_proxy_takes_a_fault_and_loses_it(target: HostTarget) -> None:
    with echo_server() as port, standing_proxy(port) as address:
        where = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 5)
        with where as client:
            assert round_trip_s(client) < 0.2
            with fault(target, "tcp.latency", latency="400 ms", proxy=address):
                assert round_trip_s(client) == pytest.approx(0.4, rel=0.25)
            assert round_trip_s(client) < 0.2


def round_trip_s(client: socket.socket) -> float:
    began = time.monotonic()
    client.sendall(b"x")
    assert client.recv(1) == b"x"
    return time.monotonic() - began


def test_a_standing_proxy_that_died_took_its_faults_along(target: HostTarget) -> None:
    with echo_server() as port, standing_proxy(port) as address:
        action = make("tcp.blackhole", proxy=address)
        state = action.prepare(target, lease())
        action.apply(target, state)
        assert faults_of(address) == [state.lease]
    assert action.is_undone(target, state)
    action.undo(target, state)
    assert not action.has_effect(target, state)
    with pytest.raises(Fatal, match="no `seatrial proxy` listens at"):
        action.apply(target, state)


@pytest.mark.slow
def test_a_standing_proxy_that_hangs_is_no_undo(target: HostTarget) -> None:
    """Nobody can tell what it will do when it goes on."""
    with echo_server() as port, standing_proxy(port) as address:
        action = make("tcp.blackhole", proxy=address)
        state = action.prepare(target, lease())
        action.apply(target, state)
        (pid,) = pids_of(address)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(Retryable, match="does not answer"):
            action.undo(target, state)
        assert action.refusal(target) == f"the proxy at {address} does not answer"
        os.kill(pid, signal.SIGCONT)
        action.undo(target, state)
        assert action.is_undone(target, state)


def pids_of(address: str) -> list[int]:
    """The standing proxy that listens there."""
    return [one.pid for one in process.all_targets(lambda line: address in line) if "proxy" in one.argv]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"port": 80, "namespace": "none"}, "there is no network namespace none"),
        ({"port": 80, "user": "nobody-of-this-name"}, "there is no user nobody-of-this-name"),
        ({"port": 80, "cgroup": "/no/such"}, "there is no cgroup /no/such"),
    ],
)
def test_what_is_refused_in_the_plan(keys: dict[str, object], said: str, target: HostTarget) -> None:
    assert said in make("tcp.reset", **keys).refusal(target)


def test_what_is_not_there_is_refused_in_the_plan(target: HostTarget) -> None:
    address = f"127.0.0.1:{free_port()}"
    assert make("tcp.reset", proxy=address).refusal(target) == (
        f"no `seatrial proxy` listens at {address} in this network namespace"
    )


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("tcp.reset", {"port": None}, "say whose connections"),
        ("tcp.reset", {"proxy": "127.0.0.1:1", "direction": "in"}, "leave out port, direction"),
        ("tcp.reset", {"port": 0}, "greater than or equal to 1"),
        ("tcp.reset", {"addresses": ["0.0.0.0/0"]}, "is nearly everybody"),
        ("tcp.reset", {"user": "x", "direction": "in"}, "have no `user`"),
        ("tcp.reset", {"cgroup": "/a/../b; true"}, "should match pattern"),
        ("tcp.reset", {"share": "0%"}, "greater than 0"),
        ("tcp.reset", {"share": "101%"}, "outside 0% to 100%"),
        ("tcp.reset", {"after": "-1 s"}, "negative"),
        ("tcp.latency", {"latency": "0 s"}, "greater than 0"),
        ("tcp.latency", {"latency": "2 min"}, "less than or equal to 60"),
        ("tcp.latency", {"latency": "1 s", "jitter": "2 s"}, "`jitter` is above `latency`"),
        ("tcp.latency", {"latency": "1 s", "stream": "up"}, "should be 'to_client'"),
        ("tcp.bandwidth", {"rate": "1 bit/s"}, "greater than or equal to 8000"),
        ("tcp.slice", {"size": "0 B"}, "greater than or equal to 1"),
        ("tcp.limit", {"size": "0 B"}, "greater than or equal to 1"),
        ("tcp.slow_close", {"delay": "0 s"}, "greater than 0"),
    ],
)
def test_what_is_refused_in_the_file(name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make(name, **{"port": 8000, **keys})
