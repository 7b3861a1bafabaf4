"""dns.*: a real server in one network namespace, asked from another."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action
from seatrial.held.hold import held
from seatrial.proxy import resolving
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Pair, held_by_tests
from tests.actions.proxied import fault, make, ruleset

pytestmark = pytest.mark.usefixtures("_network_programs")
SERVER = "10.213.7.2"

ANSWERS = """
import socket, struct, sys, threading, dns.exception, dns.message, dns.rrset
def answer(wire):
    try: query = dns.message.from_wire(wire)
    except dns.exception.DNSException: return wire[:2] + wire[:1:-1]
    reply = dns.message.make_response(query)
    (asked,) = query.question
    said = {1: "192.0.2.1", 28: "2001:db8::1", 16: '"hello"'}.get(asked.rdtype)
    if said:
        kind = dns.rdatatype.to_text(asked.rdtype)
        reply.answer.append(dns.rrset.from_text(asked.name, 300, "IN", kind, said))
    return reply.to_wire()
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
udp = socket.socket(family, socket.SOCK_DGRAM)
udp.bind((sys.argv[1], 53))
def by_udp():
    while True:
        wire, sender = udp.recvfrom(65535)
        udp.sendto(answer(wire), sender)
threading.Thread(target=by_udp, daemon=True).start()
tcp = socket.create_server((sys.argv[1], 53), family=family)
print("ready", flush=True)
while True:
    with tcp.accept()[0] as one:
        file = one.makefile("rb")
        while size := file.read(2):
            reply = answer(file.read(*struct.unpack("!H", size)))
            one.sendall(struct.pack("!H", len(reply)) + reply)
"""
ASKS = """
import json, sys, time, dns.exception, dns.message, dns.query, dns.rcode
server, by, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
found, port = [], int(sys.argv[5])
for name, kind in json.loads(sys.argv[4]) * times:
    query, begun = dns.message.make_query(name, kind, use_edns=0), time.monotonic()
    try:
        reply = getattr(dns.query, by)(query, server, timeout=1, source_port=port)
        said = sorted(str(one) for rrset in reply.answer for one in rrset)
        ttl = max((rrset.ttl for rrset in reply.answer), default=None)
        rcode = dns.rcode.to_text(reply.rcode())
    except (dns.exception.Timeout, OSError, EOFError): said, ttl, rcode = [], None, "timeout"
    found.append([rcode, said, ttl, time.monotonic() - begun])
print(json.dumps(found))
"""


@contextmanager
def server(namespace: str, address: str) -> Iterator[None]:
    """A resolver that knows every name."""
    line = ["nsenter", f"--net=/run/netns/{namespace}", sys.executable, "-c", ANSWERS, address]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as answering:
        assert answering.stdout is not None
        assert answering.stdout.readline() == b"ready\n"
        yield
        answering.kill()


@pytest.fixture(scope="module")
def _server(hosts: Pair) -> Iterator[None]:
    with server(hosts.there, SERVER):
        yield


def ask(
    hosts: Pair, *asked: tuple[str, str], by: str = "udp", times: int = 1, whom: str = SERVER, port: int = 0
) -> list[list[Any]]:
    """Of each: its status, what it says, the longest time to live, and how long it took."""
    inside = ["nsenter", f"--net=/run/netns/{hosts.here}", sys.executable, "-c", ASKS]
    line = [*inside, whom, by, str(times), json.dumps(asked), str(port)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    found: list[list[Any]] = json.loads(done.stdout)
    return found


class _Dns(ActionConformance):
    moments = 3

    @pytest.fixture(autouse=True)
    def _hosts(self, hosts: Pair) -> None:
        self.hosts = hosts

    def snapshot(self, target: Any) -> object:
        return ruleset(self.hosts.here), held_by_tests()


class TestDnsFailure(_Dns):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("dns.failure", names=["*.test"], servers=[SERVER], namespace=hosts.here)


@pytest.mark.slow  # it differs from the one above by the name of the fault
class TestDnsDelay(_Dns):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        keys = {"names": ["*"], "servers": [SERVER], "namespace": hosts.here}
        return self.make("dns.delay", delay="50 ms", **keys)


@pytest.mark.slow  # as above
class TestDnsAnswer(_Dns):
    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        keys = {"names": ["*"], "servers": [SERVER, "fd00::53"], "namespace": hosts.here}
        return self.make("dns.answer", addresses=["192.0.2.9"], **keys)


RIGHT = ["NOERROR", ["192.0.2.1"], 300]
SEEN: list[tuple[str, dict[str, object], list[object]]] = [
    ("dns.failure", {}, ["SERVFAIL", [], None]),
    ("dns.failure", {"how": "nxdomain"}, ["NXDOMAIN", [], None]),
    ("dns.failure", {"how": "refused"}, ["REFUSED", [], None]),
    ("dns.failure", {"how": "timeout"}, ["timeout", [], None]),
    ("dns.answer", {"addresses": ["192.0.2.8", "192.0.2.9"]}, ["NOERROR", ["192.0.2.8", "192.0.2.9"], 0]),
    ("dns.answer", {"addresses": ["2001:db8::9"]}, ["NOERROR", [], None]),
]


def _seen() -> Iterator[Any]:
    """By default each of them over one of both protocols."""
    for (number, (name, keys, seen)), by in itertools.product(enumerate(SEEN), ("udp", "tcp")):
        marks = () if by == ("tcp", "udp")[number % 2] else pytest.mark.slow
        yield pytest.param(name, keys, seen, by, id=f"{name}-{number}-{by}", marks=marks)


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize(("name", "keys", "seen", "by"), list(_seen()))
def test_what_who_asks_sees(
    *, name: str, keys: dict[str, object], seen: list[object], by: str, hosts: Pair, target: HostTarget
) -> None:
    names = ["db.example.test", "*.shop.test"]
    with fault(target, name, names=names, servers=[SERVER], namespace=hosts.here, **keys):
        hit, below, other = ask(
            hosts, ("dB.example.TEST", "A"), ("a.b.shop.test", "A"), ("shop.test", "A"), by=by
        )
        assert [hit[:3], below[:3], other[:3]] == [seen, seen, RIGHT]
    assert ask(hosts, ("db.example.test", "A"), by=by)[0][:3] == RIGHT


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize("by", ["udp", "tcp"])
def test_other_types_of_a_name_that_leads_elsewhere_pass(by: str, hosts: Pair, target: HostTarget) -> None:
    keys = {"names": ["*"], "servers": [SERVER], "namespace": hosts.here}
    with fault(target, "dns.answer", addresses=["2001:db8::9"], **keys):
        text, address = ask(hosts, ("a.test", "TXT"), ("a.test", "AAAA"), by=by)
    assert text[:3] == ["NOERROR", ['"hello"'], 300]
    assert address[:3] == ["NOERROR", ["2001:db8::9"], 0]


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize("by", ["udp", "tcp"])
def test_the_delay_at_p50_is_what_was_asked(by: str, hosts: Pair, target: HostTarget) -> None:
    keys = {"names": ["slow.test"], "servers": [SERVER], "namespace": hosts.here}
    with fault(target, "dns.delay", delay="200 ms", **keys):
        found = ask(hosts, ("slow.test", "A"), ("quick.test", "A"), by=by, times=3)
    assert all(one[:3] == RIGHT for one in found)
    took_s = sorted(one[3] for one in found[::2])[1] - sorted(one[3] for one in found[1::2])[1]
    assert took_s == pytest.approx(0.2, rel=0.1)


@pytest.mark.usefixtures("_server")
def test_a_share_of_the_queries_is_hit(hosts: Pair, target: HostTarget) -> None:
    """Of 400 a fifth: within 4.5 standard deviations."""
    keys = {"names": ["*"], "servers": [SERVER], "namespace": hosts.here}
    with fault(target, "dns.failure", share="20%", **keys):
        found = ask(hosts, ("a.test", "A"), times=400)
    failed = sum(one[0] == "SERVFAIL" for one in found)
    assert failed == pytest.approx(80, abs=4.5 * (400 * 0.2 * 0.8) ** 0.5)
    odd = [one for one in found if one[0] != "SERVFAIL" and one[:3] != RIGHT]
    assert odd == []


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize("keys", [{"servers": ["10.213.7.9"]}, {"user": str(os.geteuid() + 1)}])
def test_who_asks_another_server_or_is_another_is_not_hit(
    keys: dict[str, object], hosts: Pair, target: HostTarget
) -> None:
    given = {"names": ["*"], "servers": [SERVER], "namespace": hosts.here, **keys}
    with fault(target, "dns.failure", **given):
        assert ask(hosts, ("a.test", "A"))[0][:3] == RIGHT


@pytest.mark.usefixtures("_server")
def test_what_is_no_query_passes_as_it_is(hosts: Pair, target: HostTarget) -> None:
    script = f"""
import socket
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.settimeout(1)
one.sendto(b"\\x12\\x34 garbage", ("{SERVER}", 53))
print(one.recv(99))
"""
    line = ["nsenter", f"--net=/run/netns/{hosts.here}", sys.executable, "-S", "-c", script]
    with fault(target, "dns.failure", names=["*"], servers=[SERVER], namespace=hosts.here):
        done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == repr(b"\x12\x34egabrag ")


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize("dies", [False, True])
def test_who_asks_again_from_the_same_port_is_not_cut_off(
    *, dies: bool, hosts: Pair, target: HostTarget
) -> None:
    """Nothing of a redirect is left, neither after its undo nor when its process is killed."""
    with fault(target, "dns.failure", names=["*"], servers=[SERVER], namespace=hosts.here) as state:
        assert ask(hosts, ("a.test", "A"), port=40_001)[0][0] == "SERVFAIL"
        if dies:
            (resolver,) = held(state.lease)
            os.kill(resolver.pid, signal.SIGKILL)
            assert ask(hosts, ("a.test", "A"), port=40_001)[0][:3] == RIGHT
    assert ask(hosts, ("a.test", "A"), port=40_001)[0][:3] == RIGHT


@pytest.mark.parametrize("address", ["127.0.0.53", "::1"])
@pytest.mark.parametrize("by", ["udp", "tcp"])
def test_a_resolver_of_this_host(address: str, by: str, hosts: Pair, target: HostTarget) -> None:
    keys = {"names": ["a.test"], "servers": [address], "namespace": hosts.here}
    with server(hosts.here, address), fault(target, "dns.failure", **keys):
        hit, other = ask(hosts, ("a.test", "A"), ("b.test", "A"), by=by, whom=address)
        assert [hit[0], other[:3]] == ["SERVFAIL", RIGHT]


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize("by", ["udp", "tcp"])
def test_two_faults_on_one_server_both_bite(by: str, hosts: Pair, target: HostTarget) -> None:
    keys = {"servers": [SERVER], "namespace": hosts.here}
    with (
        fault(target, "dns.failure", names=["a.test"], **keys),
        fault(target, "dns.failure", names=["b.test"], how="nxdomain", **keys),
    ):
        found = ask(hosts, ("a.test", "A"), ("b.test", "A"), ("c.test", "A"), by=by)
    assert [one[0] for one in found] == ["SERVFAIL", "NXDOMAIN", "NOERROR"]


def test_servers_are_those_of_resolv_conf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: HostTarget
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/resolv.conf").write_text("nameserver fd00::53\n")
    usual = tmp_path / "resolv.conf"
    monkeypatch.setattr(resolving, "_OF_NAMESPACES", tmp_path)
    monkeypatch.setattr(resolving, "_RESOLV_CONF", usual)
    assert resolving.servers_of(None) == []
    assert make("dns.failure", names=["*"]).refusal(target) == "resolv.conf names no server: write `servers`"
    usual.write_text("search a.test\nnameserver 10.0.0.1\n nameserver 10.0.0.2 \n#nameserver 10.0.0.3\n")
    assert resolving.servers_of(None) == ["10.0.0.1", "10.0.0.2"]
    assert resolving.servers_of("shop") == ["fd00::53"]
    assert resolving.servers_of("other") == ["10.0.0.1", "10.0.0.2"]


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("dns.failure", {"names": []}, "at least 1"),
        ("dns.failure", {"names": ["a b"]}, "is no name"),
        ("dns.failure", {"names": ["a.*.test"]}, "is no name"),
        ("dns.failure", {"names": ["-a.test"]}, "is no name"),
        ("dns.failure", {"servers": ["dns.test"]}, "is no IP address"),
        ("dns.failure", {"servers": ["10.0.0.1; flush ruleset"]}, "is no IP address"),
        ("dns.failure", {"how": "slowly"}, "should be 'servfail'"),
        ("dns.failure", {"share": "120%"}, "outside 0% to 100%"),
        ("dns.delay", {"delay": "-1 s"}, "negative"),
        ("dns.delay", {"delay": "1 s", "jitter": "2 s"}, "`jitter` is above `delay`"),
        ("dns.answer", {"addresses": []}, "at least 1"),
        ("dns.answer", {"addresses": ["example.test"]}, "is no IP address"),
    ],
)
def test_what_is_refused_in_the_file(name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make(name, **{"names": ["*"], **keys})


def test_what_is_refused_in_the_plan(target: HostTarget) -> None:
    action = make("dns.failure", names=["*"], servers=[SERVER], namespace="none")
    assert "there is no network namespace none" in action.refusal(target)
