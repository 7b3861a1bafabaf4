"""net.bandwidth and net.delay: queues of one's own, between network namespaces of the test's own."""

import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal
from seatrial.kernel import programs
from seatrial.pack import load_packs
from seatrial.targets.selector import HostSelector
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Applied, Pair, ip

pytestmark = pytest.mark.usefixtures("_network_programs")


@pytest.fixture
def target() -> HostTarget:
    (found,) = HostSelector().population()
    assert isinstance(found, HostTarget)
    return found


def make(name: str, **keys: object) -> Any:
    return load_packs().actions[name].model_validate(keys)


def lease() -> Lease:
    return Lease(id=f"2026-test.{uuid.uuid4().hex[:8]}.f0.t0", max_hold_s=20)


def queues(namespace: str | None) -> str:
    done = programs.run(namespace, "tc", "qdisc", "show")
    assert done.ok, done.describe()
    return done.stdout


class _Queue(ActionConformance):
    moments = 3

    @pytest.fixture(autouse=True)
    def _hosts(self, hosts: Pair) -> None:
        self.hosts = hosts

    def snapshot(self, target: Any) -> object:
        return queues(self.hosts.here), queues(None)

    def foreign_change(self, target: Any, state: Any) -> None:
        words = ("replace", "dev", "up0", "root", "handle", "7:", "pfifo", "limit", "50")
        assert programs.run(self.hosts.here, "tc", "qdisc", "del", "dev", "up0", "root").ok
        assert programs.run(self.hosts.here, "tc", "qdisc", *words).ok

    @pytest.fixture(autouse=True)
    def _usual_again(self, hosts: Pair) -> Iterator[None]:
        yield
        programs.run(hosts.here, "tc", "qdisc", "del", "dev", "up0", "root", "handle", "7:")


class TestNetBandwidth(_Queue):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("net.bandwidth", interface="up0", rate="8 Mbit/s", namespace=hosts.here)


class TestNetDelay(_Queue):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("net.delay", interface="up0", delay="5 ms", namespace=hosts.here)


TAKES = """
import socket, time
with socket.create_server(("0.0.0.0", 8100)) as server:
    print("ready", flush=True)
    with server.accept()[0] as one:
        size, first = len(one.recv(65536)), time.monotonic()
        size = 0
        while data := one.recv(65536): size += len(data)
        print(size * 8 / (time.monotonic() - first), flush=True)
"""
SENDS = """
import socket, sys
with socket.create_connection((sys.argv[1], 8100), 5) as one: one.sendall(bytes(int(sys.argv[2])))
"""


def inside(namespace: str, code: str) -> list[str]:
    return ["nsenter", f"--net=/run/netns/{namespace}", sys.executable, "-S", "-c", code]


def bits_per_s(hosts: Pair, size: int) -> float:
    """How fast so many bytes go from here to there."""
    with subprocess.Popen(inside(hosts.there, TAKES), stdout=subprocess.PIPE, text=True) as taker:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
        subprocess.run([*inside(hosts.here, SENDS), hosts.there_address, str(size)], check=True)
        return float(taker.stdout.readline())


def test_the_bandwidth_is_what_was_asked(hosts: Pair, target: HostTarget) -> None:
    """Within 10 %: headers take 4.5 % of it."""
    assert bits_per_s(hosts, 2_000_000) > 50e6
    action = make("net.bandwidth", interface="up0", rate="1 MB/s", namespace=hosts.here)
    state = action.prepare(target, lease())
    action.apply(target, state)
    try:
        assert action.has_effect(target, state)
        assert bits_per_s(hosts, 1_200_000) == pytest.approx(8e6, rel=0.1)
    finally:
        action.undo(target, state)
    assert action.is_undone(target, state)
    assert bits_per_s(hosts, 2_000_000) > 50e6


def test_netem_is_refused_clearly_or_delays(hosts: Pair, target: HostTarget) -> None:
    action = make("net.delay", interface="up0", delay="200 ms", namespace=hosts.here)
    if missing := action.missing_privileges(target):
        assert missing == type(action).missing_here() == ["netem in this kernel, its module sch_netem"]
        with pytest.raises(Fatal, match=r"^tc refuses: .*qdisc kind is unknown"):
            action.apply(target, action.prepare(target, lease()))
        return
    before_ms = ping_ms(hosts)
    state = action.prepare(target, lease())
    action.apply(target, state)
    try:
        assert ping_ms(hosts) - before_ms == pytest.approx(200, rel=0.1)
    finally:
        action.undo(target, state)
    assert ping_ms(hosts) == pytest.approx(before_ms, abs=20)


ASKS = """
import socket, statistics, sys, time
one, took = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), []
one.settimeout(1)
for _ in range(15):
    begun = time.monotonic()
    one.sendto(b"x", (sys.argv[1], 8101))
    one.recv(9)
    took.append(time.monotonic() - begun)
print(statistics.median(took) * 1000)
"""
ECHOES = """
import socket
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("0.0.0.0", 8101))
print("ready", flush=True)
while True: one.sendto(*one.recvfrom(99))
"""


def ping_ms(hosts: Pair) -> float:
    """The median way there and back."""
    with subprocess.Popen(inside(hosts.there, ECHOES), stdout=subprocess.PIPE) as echo:
        assert echo.stdout is not None
        assert echo.stdout.readline() == b"ready\n"
        line = [*inside(hosts.here, ASKS), hosts.there_address]
        took = subprocess.run(line, capture_output=True, text=True, check=True).stdout
        echo.kill()
    return float(took)


PACKETS = 2000
COUNTS = """
import socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.setsockopt(socket.SOL_SOCKET, 33, 2**24)  # SO_RCVBUFFORCE
one.bind(("0.0.0.0", 8102))
print("ready", flush=True)
try:
    while True: print(int(one.recv(9))); one.settimeout(2)
except TimeoutError: pass
"""
NUMBERS = """
import socket, sys, time
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(int(sys.argv[2])):
    one.sendto(b"%d" % number, (sys.argv[1], 8102))
    time.sleep(0.0002)
"""


def arrivals(hosts: Pair) -> list[int]:
    """The numbers of packets as they come, of those that were sent one after another."""
    with subprocess.Popen(inside(hosts.there, COUNTS), stdout=subprocess.PIPE, text=True) as counter:
        assert counter.stdout is not None
        assert counter.stdout.readline() == "ready\n"
        subprocess.run([*inside(hosts.here, NUMBERS), hosts.there_address, str(PACKETS)], check=True)
        return [int(line) for line in counter.stdout]


@pytest.mark.parametrize("changed", ["duplicate", "reorder"])
def test_as_many_packets_as_asked_come_twice_or_too_early(
    changed: str, hosts: Pair, target: HostTarget
) -> None:
    """A fifth, within 4.5 standard deviations; none is lost."""
    action = make("net.delay", interface="up0", delay="50 ms", namespace=hosts.here, **{changed: "20%"})
    if missing := action.missing_privileges(target):
        pytest.skip(", ".join(missing))
    assert arrivals(hosts) == list(range(PACKETS))
    with Applied(action, target):
        came = arrivals(hosts)
    assert set(came) == set(range(PACKETS))
    twice = len(came) - PACKETS
    later_min, early = PACKETS, 0
    for number in reversed(came):
        early += number > later_min
        later_min = min(later_min, number)
    fifth = pytest.approx(PACKETS * 0.2, abs=4.5 * (PACKETS * 0.2 * 0.8) ** 0.5)
    hit, spared = (twice, early) if changed == "duplicate" else (early, twice)
    assert hit == fifth
    assert spared == 0
    assert arrivals(hosts) == list(range(PACKETS))


def test_a_root_queue_of_somebody_else_is_refused(hosts: Pair, target: HostTarget) -> None:
    action = make("net.bandwidth", interface="up0", rate="8 Mbit/s", namespace=hosts.here)
    state = action.prepare(target, lease())
    theirs = ("dev", "up0", "root", "handle", "7:")
    assert programs.run(hosts.here, "tc", "qdisc", "add", *theirs, "pfifo", "limit", "50").ok
    try:
        before = queues(hosts.here)
        assert action.refusal(target) == "up0 has a root queue of somebody else already: 7:"
        with pytest.raises(Fatal, match="already: 7:"):
            action.prepare(target, lease())
        with pytest.raises(Fatal, match=r"^tc refuses: "):
            action.apply(target, state)
        action.undo(target, state)
        assert queues(hosts.here) == before
    finally:
        assert programs.run(hosts.here, "tc", "qdisc", "del", *theirs).ok


def test_a_namespace_that_is_removed_took_the_queue_with_it(hosts: Pair, target: HostTarget) -> None:
    name = f"{hosts.here}-x"
    ip("netns", "add", name)
    action = make("net.bandwidth", interface="lo", rate="8 Mbit/s", namespace=name)
    state = action.prepare(target, lease())
    action.apply(target, state)
    ip("netns", "delete", name)
    action.undo(target, state)
    assert action.is_undone(target, state)
    assert "there is no network namespace" in action.refusal(target)


def test_what_is_not_there(hosts: Pair, target: HostTarget) -> None:
    action = make("net.bandwidth", interface="none0", rate="8 Mbit/s", namespace=hosts.here)
    assert action.refusal(target) == "there is no interface none0: `ip link` lists those that are there"


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("net.bandwidth", {"rate": "1 kbit/s"}, "greater than or equal to 64000"),
        ("net.bandwidth", {"rate": "-1 Mbit/s"}, "is not above 0"),
        ("net.bandwidth", {"rate": "1 MB/s", "interface": "a; true"}, "String should match pattern"),
        ("net.delay", {"delay": "0 s"}, "greater than 0"),
        ("net.delay", {"delay": "10 min"}, "less than or equal to 60"),
        ("net.delay", {"delay": "10 ms", "jitter": "20 ms"}, "`jitter` is above `delay`"),
        ("net.delay", {"delay": "10 ms", "duplicate": "101%"}, "outside 0% to 100%"),
        ("net.delay", {"delay": "10 ms", "reorder": "100%"}, "less than 1"),
    ],
)
def test_what_is_refused_in_the_file(name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make(name, **{"interface": "up0", **keys})


def test_netem_is_told_in_its_own_words() -> None:
    action = make("net.delay", interface="up0", delay="80 ms", jitter="5 ms", duplicate="1%", reorder="25%")
    assert " ".join(action.settings()) == (
        "netem limit 100000 delay 80000us 5000us distribution normal duplicate 1% reorder 25%"
    )
