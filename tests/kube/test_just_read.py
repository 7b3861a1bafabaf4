"""What the look before an undo has read is not read again, and nothing else is ever taken from it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.kube.cluster import Cluster
from seatrial.kube.just_read import shared_look
from seatrial.testing.fake_kubernetes import FakeKubernetes
from tests.kube.test_cluster import config

NODES = "/api/v1/nodes"
ONE, OTHER, GONE = f"{NODES}/one", f"{NODES}/other", f"{NODES}/gone"


@pytest.fixture
def fake() -> Iterator[FakeKubernetes]:
    with FakeKubernetes() as started:
        for name in ("one", "other"):
            started.add(NODES, {"kind": "Node", "metadata": {"name": name}})
        yield started


@pytest.fixture
def cluster(fake: FakeKubernetes, tmp_path: Path) -> Iterator[Cluster]:
    asked = Cluster(config(tmp_path, server=fake.url))
    yield asked
    asked.close()


def test_it_is_at_hand_once(cluster: Cluster, fake: FakeKubernetes) -> None:
    with shared_look() as look:
        before = [cluster.find(ONE) for _ in range(2)]
        look.is_over = True
        assert cluster.find(ONE) is before[1]
        assert len(fake.requests) == 2
        assert cluster.find(ONE) == before[1]
        assert cluster.find(OTHER) is not None
    assert fake.requests == [f"GET {path}" for path in (ONE, ONE, ONE, OTHER)]


def test_what_was_gone_is_looked_for_again(cluster: Cluster, fake: FakeKubernetes) -> None:
    with shared_look() as look:
        assert cluster.find(GONE) is None
        look.is_over = True
        fake.add(NODES, {"kind": "Node", "metadata": {"name": "gone"}})
        assert cluster.find(GONE) is not None


def test_afterwards_everything_is_read(cluster: Cluster, fake: FakeKubernetes) -> None:
    with shared_look() as look:
        cluster.find(ONE)
        look.is_over = True
    cluster.find(ONE)
    assert len(fake.requests) == 2


def test_another_thread_reads_for_itself(cluster: Cluster, fake: FakeKubernetes) -> None:
    with shared_look() as look:
        cluster.find(ONE)
        look.is_over = True
        thread = threading.Thread(target=cluster.find, args=(ONE,))
        thread.start()
        thread.join()
        assert len(fake.requests) == 2
        cluster.find(ONE)
        assert len(fake.requests) == 2
