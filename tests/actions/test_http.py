"""http.*: by a redirect between network namespaces of the test's own, and by a standing proxy."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from seatrial.action import Action
from seatrial.held.hold import held
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Pair, held_by_tests
from tests.actions.proxied import fault, make, ruleset
from tests.actions.standing import echo_server, faults_of, standing_proxy

pytestmark = pytest.mark.usefixtures("_network_programs")

SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = self.headers.get("X-Said", "nothing").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Server", "web")
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Answer)
print(server.server_port, flush=True)
server.serve_forever()
"""
ASKS = """
import http.client, json, sys, time
one = http.client.HTTPConnection(sys.argv[1], 8000, timeout=5)
found, times, path = [], int(sys.argv[2]), sys.argv[3]
for _ in range(times):
    begun = time.monotonic()
    try:
        one.request("GET", path, headers={"X-Said": "hello"})
        answer = one.getresponse()
        found.append((answer.status, answer.read().decode(), answer.getheader("X-Server")))
    except OSError as error:
        one.close()
        found.append((type(error).__name__, "", None))
    took_s = time.monotonic() - begun
print(json.dumps([found, took_s]))
"""


@contextmanager
def web_server(*prefix: str, port: int = 0) -> Iterator[int]:
    """Answers what it was told in X-Said; its port."""
    line = [*prefix, sys.executable, "-c", SERVER, str(port)]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


@pytest.fixture(scope="module")
def _server(hosts: Pair) -> Iterator[None]:
    with web_server("nsenter", f"--net=/run/netns/{hosts.there}", port=8000):
        yield


def asked(hosts: Pair, times: int = 1, path: str = "/") -> tuple[list[list[Any]], float]:
    """Status, body and a header of so many requests on one connection, and how long the last one took."""
    import json

    inside = ["nsenter", f"--net=/run/netns/{hosts.here}", sys.executable, "-c", ASKS]
    line = [*inside, hosts.there_address, str(times), path]
    found, took_s = json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
    return found, took_s


class TestHttpStatus(ActionConformance):
    moments = 3

    @pytest.fixture(autouse=True)
    def _hosts(self, hosts: Pair) -> None:
        self.hosts = hosts

    @pytest.fixture
    def action(self, hosts: Pair) -> Action[Any, Any]:
        return self.make("http.status", status=503, share="10%", port=8000, namespace=hosts.here)

    def snapshot(self, target: Any) -> object:
        return ruleset(self.hosts.here), held_by_tests()


class _Standing(ActionConformance):
    moments = 3
    address: str

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _proxy(cls) -> Iterator[None]:
        with echo_server() as port, standing_proxy(port, "--http") as cls.address:
            yield

    def snapshot(self, target: Any) -> object:
        return faults_of(self.address), held_by_tests()


@pytest.mark.slow  # they differ from those of http.status and tcp.* by the name of the fault
class TestHttpLatency(_Standing):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("http.latency", latency="50 ms", methods=["GET"], path="^/", proxy=self.address)


@pytest.mark.slow  # as above
class TestHttpDrop(_Standing):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("http.drop", lost="answer", proxy=self.address)


@pytest.mark.slow  # as above
class TestHttpHeader(_Standing):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("http.header", set={"Age": "1"}, remove=["ETag"], proxy=self.address)


@pytest.mark.slow  # as above
class TestHttpBody(_Standing):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("http.body", body="{", proxy=self.address)


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize(
    ("name", "keys", "seen"),
    [
        ("http.status", {"status": 503, "body": "busy"}, [503, "busy", None]),
        ("http.drop", {}, ["ConnectionResetError", "", None]),
        ("http.drop", {"lost": "answer", "share": "100%"}, ["ConnectionResetError", "", None]),
        ("http.header", {"set": {"X-Server": "other"}}, [200, "hello", "other"]),
        ("http.header", {"remove": ["X-Said"], "of": "request"}, [200, "nothing", "web"]),
        ("http.body", {"body": "{"}, [200, "{", "web"]),
        ("http.body", {"body": "{", "path": "^/other"}, [200, "hello", "web"]),
        ("http.body", {"body": "{", "methods": ["POST"]}, [200, "hello", "web"]),
    ],
)
def test_what_a_client_sees(
    name: str, keys: dict[str, object], seen: list[object], hosts: Pair, target: HostTarget
) -> None:
    with fault(target, name, port=8000, namespace=hosts.here, **keys):
        assert asked(hosts, times=2)[0] == [seen, seen]
    assert asked(hosts)[0] == [[200, "hello", "web"]]


@pytest.mark.usefixtures("_server")
def test_the_largest_body(hosts: Pair, target: HostTarget) -> None:
    """It is larger than an argument may be, and nobody finds it in the list of processes."""
    body = "é" * 65_536
    with fault(target, "http.body", body=body, port=8000, namespace=hosts.here) as state:
        assert asked(hosts)[0] == [[200, body, "web"]]
        (process,) = held(state.lease)
        assert len(" ".join(process.argv)) < 1000
    with (
        web_server() as port,
        standing_proxy(port, "--http") as address,
        fault(target, "http.body", body=body, proxy=address),
        httpx.Client(trust_env=False) as client,
    ):
        assert client.get(f"http://{address}/").text == body


@pytest.mark.slow
@pytest.mark.usefixtures("_server")
def test_a_share_of_the_requests(hosts: Pair, target: HostTarget) -> None:
    """Of 400 a quarter: within 4.5 standard deviations."""
    with fault(target, "http.status", status=500, share="25%", port=8000, namespace=hosts.here):
        statuses = [status for status, _, _ in asked(hosts, times=400)[0]]
    assert statuses.count(500) == pytest.approx(100, abs=4.5 * (400 * 0.25 * 0.75) ** 0.5)
    assert statuses.count(200) == 400 - statuses.count(500)


@pytest.mark.usefixtures("_server")
@pytest.mark.parametrize("of", ["answer", "request"])
def test_latency(of: str, hosts: Pair, target: HostTarget) -> None:
    with fault(target, "http.latency", latency="300 ms", of=of, port=8000, namespace=hosts.here):
        assert asked(hosts, times=3)[1] == pytest.approx(0.3, rel=0.2)


def test_a_standing_proxy_that_reads_no_http_is_refused(target: HostTarget) -> None:
    with echo_server() as port:
        with standing_proxy(port) as address:
            action = make("http.drop", proxy=address)
            assert action.refusal(target) == f"the proxy at {address} reads no HTTP: start it with --http"
        with standing_proxy(port, "--http") as address, fault(target, "http.drop", proxy=address) as state:
            assert faults_of(address) == [state.lease]


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("http.status", {"status": 99}, "greater than or equal to 200"),
        ("http.status", {"status": 204, "body": "x"}, "has no body"),
        ("http.status", {"status": 500, "headers": {"Content-Length": "5"}}, "where messages begin and end"),
        ("http.status", {"status": 500, "headers": {"A": "b\r\nC: d"}}, "letters that cannot be sent"),
        ("http.status", {"status": 500, "headers": {"A b": "c"}}, "is not the name of a header"),
        ("http.status", {"status": 500, "methods": ["get"]}, "should match pattern"),
        ("http.status", {"status": 500, "path": "("}, "is not a regular expression"),
        ("http.status", {"status": 500, "share": "-1%"}, "outside 0% to 100%"),
        ("http.header", {}, "write `set` or `remove`"),
        ("http.header", {"remove": ["transfer-encoding"]}, "where messages begin and end"),
        ("http.latency", {"latency": "-1 s"}, "negative"),
        ("http.latency", {"latency": "1 s", "jitter": "2 s"}, "`jitter` is above `latency`"),
        ("http.drop", {"lost": "both"}, "should be 'request' or 'answer'"),
        ("http.body", {"body": "x" * 65537}, "at most 65536"),
    ],
)
def test_what_is_refused_in_the_file(name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make(name, **{"port": 8000, **keys})
