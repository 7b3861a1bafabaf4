"""grpc.*: by a redirect between network namespaces of the test's own, and by a standing proxy."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import pytest

from seatrial.action import Action
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Pair, held_by_tests
from tests.actions.proxied import fault, make, ruleset
from tests.actions.standing import echo_server, faults_of, standing_proxy

pytestmark = pytest.mark.usefixtures("_network_programs")

SERVER = """
import concurrent.futures, sys, grpc
handlers = {name: grpc.unary_unary_rpc_method_handler(lambda message, _: message) for name in ("Add", "Pay")}
server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.Cart", handlers),))
print(server.add_insecure_port(sys.argv[1]), flush=True)
server.start()
server.wait_for_termination()
"""
CALLS = """
import grpc, json, sys, time
address, times, found = sys.argv[1], int(sys.argv[2]), []
with grpc.insecure_channel(address, (("grpc.enable_retries", 0), ("grpc.enable_http_proxy", 0))) as channel:
    for path in ("/shop.Cart/Add", "/shop.Cart/Pay") * times:
        begun = time.monotonic()
        try:
            said = channel.unary_unary(path)(b"hello", timeout=5).decode()
        except grpc.RpcError as error:
            said = error.code().name + " " + error.details()
        found.append((said, time.monotonic() - begun))
print(json.dumps(found))
"""


@contextmanager
def grpc_server(*prefix: str, address: str = "127.0.0.1:0") -> Iterator[int]:
    """Says what it hears, by two methods; its port."""
    with subprocess.Popen(
        [*prefix, sys.executable, "-c", SERVER, address], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


@pytest.fixture(scope="module")
def _server(hosts: Pair) -> Iterator[None]:
    with grpc_server("nsenter", f"--net=/run/netns/{hosts.there}", address="0.0.0.0:8000"):
        yield


def called(address: str, times: int, *prefix: str) -> list[tuple[str, float]]:
    """What came of so many calls of Add, each followed by one of Pay, and how long each took in seconds."""
    line = [*prefix, sys.executable, "-c", CALLS, address, str(times)]
    found = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    return [(said, took_s) for said, took_s in found]


def called_there(hosts: Pair, times: int = 1) -> list[tuple[str, float]]:
    return called(f"{hosts.there_address}:8000", times, "nsenter", f"--net=/run/netns/{hosts.here}")


@pytest.mark.slow  # as for http.status, but for the name of the fault
class TestGrpcStatus(ActionConformance):
    moments = 3

    @pytest.fixture(autouse=True)
    def _hosts(self, hosts: Pair) -> None:
        self.hosts = hosts

    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("grpc.status", status="ABORTED", share="10%", port=8000, namespace=hosts.here)

    def snapshot(self, target: Any) -> object:
        return ruleset(self.hosts.here), held_by_tests()


@pytest.mark.slow  # as for http.latency, but for the name of the fault
class TestGrpcLatency(ActionConformance):
    moments = 3
    address: str

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _proxy(cls) -> Iterator[None]:
        with echo_server() as port, standing_proxy(port, "--http") as cls.address:
            yield

    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("grpc.latency", latency="50 ms", path="^/shop.Cart/", proxy=self.address)

    def snapshot(self, target: Any) -> object:
        return faults_of(self.address), held_by_tests()


@pytest.mark.usefixtures("_server")
def test_status(hosts: Pair, target: HostTarget) -> None:
    keys = {"status": "RESOURCE_EXHAUSTED", "message": "full", "path": "Pay$"}
    with fault(target, "grpc.status", port=8000, namespace=hosts.here, **keys):
        assert [said for said, _ in called_there(hosts, 2)] == ["hello", "RESOURCE_EXHAUSTED full"] * 2
    assert [said for said, _ in called_there(hosts)] == ["hello", "hello"]


@pytest.mark.usefixtures("_server")
def test_latency(hosts: Pair, target: HostTarget) -> None:
    with fault(target, "grpc.latency", latency="400 ms", path="Pay$", port=8000, namespace=hosts.here):
        found = called_there(hosts, 3)
    assert [said for said, _ in found] == ["hello"] * 6
    assert median(took_s for _, took_s in found[1::2]) == pytest.approx(0.4, rel=0.1)
    assert min(took_s for _, took_s in found[::2]) < 0.2


@pytest.mark.slow
def test_a_share_of_calls_through_a_standing_proxy(target: HostTarget) -> None:
    """Of 400 a quarter: within 4.5 standard deviations."""
    with grpc_server() as port:
        with standing_proxy(port) as address:
            refusal = make("grpc.latency", latency="1 s", proxy=address).refusal(target)
            assert refusal == f"the proxy at {address} reads no HTTP: start it with --http"
        with (
            standing_proxy(port, "--http") as address,
            fault(target, "grpc.status", status="UNAVAILABLE", share="25%", proxy=address),
        ):
            said = [said for said, _ in called(address, 200)]
    assert said.count("UNAVAILABLE ") == pytest.approx(100, abs=4.5 * (400 * 0.25 * 0.75) ** 0.5)
    assert said.count("hello") == 400 - said.count("UNAVAILABLE ")


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("grpc.status", {"status": "OK"}, "should be 'CANCELLED'"),
        ("grpc.status", {"status": 14}, "should be 'CANCELLED'"),
        ("grpc.status", {"status": "ABORTED", "share": "0%"}, "greater than 0"),
        ("grpc.status", {"status": "ABORTED", "path": "("}, "is not a regular expression"),
        ("grpc.status", {"status": "ABORTED", "methods": ["POST"]}, "methods"),
        ("grpc.latency", {"latency": "1 s", "jitter": "2 s"}, "`jitter` is above `latency`"),
        ("grpc.latency", {"latency": "6 min"}, "less than or equal to 300"),
    ],
)
def test_what_is_refused_in_the_file(name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make(name, **{"port": 8000, **keys})
