"""An API server that has just begun says no to everybody until it has read the roles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.kube.access import Access
from seatrial.kube.cluster import Cluster
from seatrial.kube.failures import KubeError
from seatrial.testing.json_server import Answer, Asked, JsonServer
from tests.kube.test_cluster import config

ASKED = "/api/v1/namespaces/shop"


class Beginning(JsonServer):
    """What it answers: by path the statuses, one after the other; the last one for good."""

    def __init__(self, **answers: list[int]) -> None:
        super().__init__()
        self.answers = {f"/{key}": statuses for key, statuses in answers.items()}
        self.asked: list[str] = []

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked.path)
        left = self.answers["/readyz" if asked.path == "/readyz" else "/asked"]
        status = left.pop(0) if len(left) > 1 else left[0]
        return Answer(status, {"kind": "Status", "code": status})


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Beginning, Access]]:
    with Beginning(**request.param) as beginning:
        yield beginning, config(tmp_path, server=beginning.url)


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
