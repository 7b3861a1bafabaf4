"""port.exhaust: in a network namespace of the test's own, nobody can connect any more, and then again."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from seatrial.action import Action
from seatrial.pack import load_packs
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Applied, Pair, becomes, held_by_tests, ip

RANGE = (20_000, 20_399)


def make(**keys: object) -> Any:
    return load_packs().actions["port.exhaust"].model_validate(keys)


def inside(namespace: str, *line: str) -> str:
    words = ["nsenter", f"--net=/run/netns/{namespace}", *line]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(autouse=True)
def _few_ports(hosts: Pair, _network_programs: None) -> Iterator[None]:
    """The kernel's range is this namespace's own."""
    path = "/proc/sys/net/ipv4/ip_local_port_range"
    inside(hosts.here, "/bin/sh", "-c", f"echo {RANGE[0]} {RANGE[1]} > {path}")
    yield
    inside(hosts.here, "/bin/sh", "-c", f"echo 32768 60999 > {path}")


CONNECTS = """
import socket, sys
family, made = (socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET), []
server = socket.create_server((sys.argv[1], 900), family=family)
try:
    for _ in range(30): made.append(socket.create_connection(server.getsockname()[:2], 1))
    print("30 made")
except OSError as error: print(len(made), error.strerror)
"""


def connects(namespace: str, address: str = "127.0.0.1") -> str:
    """How many of thirty connections can be made there."""
    return inside(namespace, sys.executable, "-S", "-c", CONNECTS, address)


class TestPortExhaust(ActionConformance):
    moments = 3

    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("port.exhaust", namespace=hosts.here)

    def snapshot(self, target: Any) -> object:
        return [one.pid for one in held_by_tests()]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_nobody_there_can_connect(hosts: Pair, target: HostTarget, address: str) -> None:
    assert connects(hosts.here, address) == "30 made"
    with Applied(make(namespace=hosts.here), target):
        assert connects(hosts.here, address) == "0 Cannot assign requested address"
        assert connects(hosts.there) == "30 made", "another namespace has its own ports"
    assert connects(hosts.here, address) == "30 made"


def test_some_are_left(hosts: Pair, target: HostTarget) -> None:
    with Applied(make(namespace=hosts.here, leave=10), target):
        made, _, why = connects(hosts.here).partition(" ")
    assert 8 <= int(made) <= 10, "the kernel does not use every one of its range"
    assert why == "Cannot assign requested address"


def test_one_that_is_let_go_is_taken(hosts: Pair, target: HostTarget) -> None:
    taken = "import socket; one = socket.create_server(('', 20007)); print('ready', flush=True); input()"
    line = ["nsenter", f"--net=/run/netns/{hosts.here}", sys.executable, "-S", "-c", taken]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        with Applied(make(namespace=hosts.here), target):
            other.communicate(b"\n")
            assert becomes(lambda: connects(hosts.here) == "0 Cannot assign requested address")


def test_many_ports_and_few_files(hosts: Pair, target: HostTarget) -> None:
    """More ports than one process may hold: shared among several, which end together."""
    inside(hosts.here, "/bin/sh", "-c", "echo 1100 60999 > /proc/sys/net/ipv4/ip_local_port_range")
    with Applied(make(namespace=hosts.here), target):
        assert connects(hosts.here) == "0 Cannot assign requested address"
    assert held_by_tests() == []


def test_what_is_refused(target: HostTarget) -> None:
    assert "there is no network namespace none" in (make(namespace="none").refusal(target) or "")
    with pytest.raises(ValueError, match="Field required"):
        make()
    with pytest.raises(ValueError, match="String should match pattern"):
        make(namespace="../proc/1/ns/net")


def test_a_namespace_that_is_removed(hosts: Pair, target: HostTarget) -> None:
    """What holds its ports keeps it alive, and lets it go."""
    name = f"{hosts.here}-x"
    ip("netns", "add", name)
    action = make(namespace=name)
    with Applied(action, target):
        ip("netns", "delete", name)
