"""net.drop, net.partition, net.reject, net.loss: between network namespaces of the test's own."""

import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.kernel import programs, rules
from seatrial.pack import load_packs
from seatrial.targets.selector import HostSelector
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Pair, ip

pytestmark = pytest.mark.usefixtures("_network_programs")


@pytest.fixture
def target() -> HostTarget:
    (found,) = HostSelector().population()
    assert isinstance(found, HostTarget)
    return found


ANSWERS = """
import socket, threading
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("0.0.0.0", 7000))
def echo():
    while True:
        data, sender = udp.recvfrom(2048)
        udp.sendto(data, sender)
threading.Thread(target=echo, daemon=True).start()
server = socket.create_server(("0.0.0.0", 8000))
print("ready", flush=True)
while True:
    with server.accept()[0] as one:
        one.sendall(b"hello")
"""


@pytest.fixture(scope="module")
def _server(hosts: Pair) -> Iterator[None]:
    """Answers on TCP 8000 and echoes on UDP 7000, over there."""
    line = ["nsenter", f"--net=/run/netns/{hosts.there}", sys.executable, "-S", "-c", ANSWERS]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield
        server.kill()


ASKS = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], 8000), 0.3) as one: print(one.recv(5).decode())
except OSError as error: print(type(error).__name__)
"""
COUNTS = """
import socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
one.settimeout(0.15)
back = 0
for _ in range(10):
    sent = int(sys.argv[2]) // 10
    for _ in range(sent): one.sendto(b"x", (sys.argv[1], 7000))
    try:
        for _ in range(sent): one.recv(9); back += 1
    except TimeoutError: pass
print(back)
"""


def from_here(hosts: Pair, code: str, *words: str) -> str:
    line = [
        "nsenter",
        f"--net=/run/netns/{hosts.here}",
        sys.executable,
        "-S",
        "-c",
        code,
        hosts.there_address,
    ]
    return subprocess.run([*line, *words], capture_output=True, text=True, check=True).stdout.strip()


def make(name: str, **keys: object) -> Any:
    return load_packs().actions[name].model_validate(keys)


def lease(max_hold_s: float = 20) -> Lease:
    return Lease(id=f"2026-test.{uuid.uuid4().hex[:8]}.f0.t0", max_hold_s=max_hold_s)


def ruleset(namespace: str | None) -> str:
    done = programs.run(namespace, "nft", "list", "ruleset")
    assert done.ok, done.describe()
    return re.sub(r"expires \w+", "", done.stdout)


class _Net(ActionConformance):
    moments = 3

    @pytest.fixture(autouse=True)
    def _hosts(self, hosts: Pair) -> None:
        self.hosts = hosts

    def snapshot(self, target: Any) -> object:
        return ruleset(self.hosts.here), ruleset(None)


class TestNetPartition(_Net):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("net.partition", addresses=[hosts.there_address], namespace=hosts.here)


class TestNetReject(_Net):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("net.reject", port=8000, namespace=hosts.here)


@pytest.mark.slow  # it differs from net.partition by a word
class TestNetDrop(_Net):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("net.drop", port=8000, direction="in", namespace=hosts.here)


@pytest.mark.slow  # as above
class TestNetLoss(_Net):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("net.loss", port=8000, share="5%", namespace=hosts.here)


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize(
    ("name", "keys", "seen"),
    [
        ("net.partition", {"addresses": ["10.213.7.0/24"]}, "TimeoutError"),
        ("net.partition", {"addresses": ["10.213.8.0/24", "fd00::/64"]}, "hello"),
        ("net.drop", {"port": 8000}, "TimeoutError"),
        ("net.drop", {"port": 8000, "direction": "in"}, "TimeoutError"),
        ("net.drop", {"port": 8001}, "hello"),
        ("net.drop", {"port": 8000, "addresses": ["10.213.7.9"]}, "hello"),
        ("net.reject", {"port": 8000, "direction": "out"}, "ConnectionRefusedError"),
        ("net.reject", {"port": 8000, "addresses": ["10.213.7.2"]}, "ConnectionRefusedError"),
        ("net.loss", {"port": 8000, "share": "100%"}, "TimeoutError"),
    ],
)
def test_what_the_other_side_sees(
    name: str, keys: dict[str, object], seen: str, hosts: Pair, target: HostTarget
) -> None:
    action = make(name, namespace=hosts.here, **keys)
    state = action.prepare(target, lease())
    action.apply(target, state)
    try:
        assert action.has_effect(target, state)
        assert from_here(hosts, ASKS) == seen
    finally:
        action.undo(target, state)
    assert action.is_undone(target, state)
    assert from_here(hosts, ASKS) == "hello"


@pytest.mark.usefixtures("_server")
def test_the_share_that_is_lost(hosts: Pair, target: HostTarget) -> None:
    """Arriving at the namespace, one packet in five of 2000 is lost: within 4.5 standard deviations."""
    action = make("net.loss", port=7000, direction="in", share="20%", namespace=hosts.here)
    assert from_here(hosts, COUNTS, "2000") == "2000"
    state = action.prepare(target, lease())
    action.apply(target, state)
    try:
        back = int(from_here(hosts, COUNTS, "2000"))
    finally:
        action.undo(target, state)
    assert back == pytest.approx(1600, abs=4.5 * (2000 * 0.2 * 0.8) ** 0.5)


@pytest.mark.usefixtures("_server")
def test_the_kernel_lets_go_by_itself(hosts: Pair, target: HostTarget) -> None:
    action = make("net.drop", port=8000, namespace=hosts.here)
    state = action.prepare(target, lease(max_hold_s=1.5))
    action.apply(target, state)
    try:
        assert from_here(hosts, ASKS) == "TimeoutError"
        threading.Event().wait(1.5)
        assert from_here(hosts, ASKS) == "hello"
        assert not action.has_effect(target, state)
        assert not action.is_undone(target, state), "the empty table is still there"
    finally:
        action.undo(target, state)


def test_a_table_of_somebody_else_is_left_alone(hosts: Pair, target: HostTarget) -> None:
    assert programs.run(hosts.here, "nft", "add table inet seatrial_theirs { chain c { }; }").ok
    before = ruleset(hosts.here)
    action = make("net.drop", port=8000, namespace=hosts.here)
    state = action.prepare(target, lease())
    action.apply(target, state)
    action.undo(target, state)
    assert ruleset(hosts.here) == before
    assert programs.run(hosts.here, "nft", "delete table inet seatrial_theirs").ok


def test_a_namespace_that_is_removed_took_the_fault_with_it(target: HostTarget, hosts: Pair) -> None:
    name = f"{hosts.here}-x"
    ip("netns", "add", name)
    action = make("net.drop", port=8000, namespace=name)
    state = action.prepare(target, lease())
    action.apply(target, state)
    ip("netns", "delete", name)
    action.undo(target, state)
    assert action.is_undone(target, state)
    assert "there is no network namespace" in action.refusal(target)


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("net.drop", {}, "neither `port` nor `addresses`"),
        ("net.partition", {"port": 8000}, "`addresses` are missing"),
        ("net.drop", {"port": 80, "namespace": "none"}, "there is no network namespace none"),
    ],
)
def test_what_is_refused_in_the_plan(
    name: str, keys: dict[str, object], said: str, target: HostTarget
) -> None:
    assert said in make(name, **keys).refusal(target)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"addresses": ["0.0.0.0/0"]}, "is nearly everybody"),
        ({"addresses": ["::/0"]}, "is nearly everybody"),
        ({"addresses": ["10.0.0.1; flush ruleset"]}, "is no address or network"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"port": 80, "direction": "up"}, "Input should be 'in', 'out' or 'both'"),
        ({"port": 80, "namespace": "../../x"}, "String should match pattern"),
        ({"port": 80, "namespace": "a b; true"}, "String should match pattern"),
    ],
)
def test_what_is_refused_in_the_file(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make("net.drop", **keys)


@pytest.mark.parametrize("addresses", [(), ("10.0.0.5", "fd00::/64")])
@pytest.mark.parametrize("name", ["net.drop", "net.reject", "net.partition", "net.loss"])
def test_the_switch_is_a_rule_of_its_own(name: str, addresses: tuple[str, ...]) -> None:
    """nft 1.1 takes no word on an address or a protocol beside it; older ones, which may be here, do."""
    keys = {"addresses": addresses, "port": 80, **({"share": "30%"} if name == "net.loss" else {})}
    action: Any = load_packs().actions[name].model_validate(keys)
    packets = rules.Packets(action.port, action.addresses, action.direction)
    told = [rule for rule in rules.ruleset("ours", packets, action.effects, 3) if "@live" in rule]
    assert told == [
        f"add rule inet ours {chain} meta nfproto != @live accept" for chain in ("arriving", "leaving")
    ]


@pytest.mark.parametrize("share", ["0%", "101%", "-5%", "5"])
def test_a_share_that_is_none(share: str) -> None:
    with pytest.raises(ValueError, match="share"):
        make("net.loss", port=80, share=share)
