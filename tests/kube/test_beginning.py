"""An API server that has just begun says no to everybody until it has read the roles."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seatrial.kube.access import Access
from seatrial.kube.cluster import Cluster
from seatrial.kube.failures import KubeError
from tests.kube.test_cluster import config

ASKED = "/api/v1/namespaces/shop"


class Beginning:
    """What it answers: by path the statuses, one after the other; the last one for good."""

    def __init__(self, **answers: list[int]) -> None:
        self.answers = {f"/{key}": statuses for key, statuses in answers.items()}
        self.asked: list[str] = []

    def answer(self, path: str) -> int:
        self.asked.append(path)
        left = self.answers["/readyz" if path == "/readyz" else "/asked"]
        return left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Beginning, Access]]:
    beginning = Beginning(**request.param)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = beginning.answer(self.path)
            data = json.dumps({"kind": "Status", "code": status}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its base calls it so
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield beginning, config(tmp_path, server=f"http://127.0.0.1:{http.server_port}")
        http.shutdown()
        thread.join()


def get(access: Access) -> int:
    cluster = Cluster(access)
    try:
        return int(cluster.get(ASKED)["code"])
    finally:
        cluster.close()


@pytest.mark.parametrize(
    "server",
    [
        {"asked": [403, 403, 403, 200], "readyz": [403, 500, 200]},
        {"asked": [401, 403, 200], "readyz": [500, 200]},
        {"asked": [403, 200], "readyz": [200]},
    ],
    ids=["without-roles", "without-accounts", "ready-meanwhile"],
    indirect=True,
)
def test_its_no_is_not_believed_until_it_is_ready(server: tuple[Beginning, Access]) -> None:
    assert get(server[1]) == 200


@pytest.mark.parametrize("server", [{"asked": [403], "readyz": [200]}], ids=["ready"], indirect=True)
def test_the_no_of_one_that_is_ready_is_heard_at_once(server: tuple[Beginning, Access]) -> None:
    beginning, access = server
    with pytest.raises(KubeError) as told:
        get(access)
    assert told.value.status == 403
    assert beginning.asked == [ASKED, "/readyz", ASKED]


@pytest.mark.parametrize("server", [{"asked": [403], "readyz": [403]}], ids=["nobody"], indirect=True)
def test_where_nobody_may_look_a_no_is_heard_in_the_end(server: tuple[Beginning, Access]) -> None:
    with pytest.raises(KubeError) as told:
        get(server[1])
    assert told.value.status == 403
