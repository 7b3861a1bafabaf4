"""The kubernetes probe on a real cluster: what it sees, and that it does not speak of what it cannot see."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest

from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.pack import load_packs
from seatrial.probe import Probe
from seatrial.reading import Reading, Unknown, Value
from seatrial.testing.kube_namespace import KubeNamespace, deployment, service, through
from seatrial.testing.relay import Relay

pytestmark = [pytest.mark.kubernetes, pytest.mark.anyio, pytest.mark.timeout(180)]


def probe(**keys: Any) -> Probe:
    return load_packs().probes["kubernetes"].model_validate(keys)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"namespace": "n"}, "exactly one of"),
        ({"namespace": "n", "pods": {}, "service": "s"}, "exactly one of"),
        ({"service": "s"}, "say which, as `namespace: shop`"),
        ({"namespace": "n", "workload": "Job/x"}, "is none of Deployment"),
        ({"namespace": "n", "events": "("}, "not a regular expression"),
    ],
    ids=["nothing", "two", "nowhere", "job", "pattern"],
)
async def test_what_makes_no_sense_is_refused(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        probe(**keys)


class Seen:
    """A probe that is read until it says what is waited for."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self._read = read

    async def until(self, true: Callable[[Reading], object], within_s: float = 60) -> Reading:
        with anyio.fail_after(within_s):
            while True:
                with anyio.move_on_after(10):
                    reading: Reading = await self._read()
                    if true(reading):
                        return reading
                await anyio.sleep(0.2)


def quantity(name: str, wanted: object) -> Callable[[Reading], bool]:
    return lambda reading: isinstance(reading, Value) and reading.values[name] == wanted


@pytest.mark.slow
async def test_a_workload_its_pods_and_its_service_are_followed(namespace: KubeNamespace) -> None:
    namespace.add(deployment("web", replicas=2))
    namespace.add(service("web"))
    where = {"namespace": namespace.name}
    async with (
        probe(workload="Deployment/web", **where).reader() as workload,
        probe(pods={"app": "web"}, **where).reader() as pods,
        probe(service="web", **where).reader() as endpoints,
        probe(events="Killing", **where).reader() as killed,
    ):
        await Seen(workload).until(quantity("rolled_out", True))
        await Seen(endpoints).until(quantity("ready", 2))
        await Seen(pods).until(quantity("ready", 2))
        await Seen(killed).until(quantity("count", 0))

        victim = namespace.all("Pod", "app=web")[0]["metadata"]
        namespace.cluster.delete(KINDS["Pod"].path(namespace.name, victim["name"]), victim["uid"])

        # The dip is told though it may be over when the next reading is made.
        await Seen(workload).until(lambda r: isinstance(r, Value) and r.values["ready_share"] == 50.0)
        await Seen(workload).until(quantity("ready_share", 100.0))
        await Seen(endpoints).until(quantity("ready", 2))
        await Seen(killed).until(quantity("count", 1))


async def test_a_workload_that_is_not_there_is_unknown(namespace: KubeNamespace) -> None:
    reading = await probe(workload="Deployment/web", namespace=namespace.name).read()
    assert reading == Unknown(reason=f"there is no Deployment/web in namespace {namespace.name}")


async def test_what_cannot_be_seen_is_unknown_and_seen_again_once_it_can(
    namespace: KubeNamespace, kube_access: Access, tmp_path: Path
) -> None:
    server = urlsplit(cluster_at(kube_access).server)
    assert server.hostname
    assert server.port
    labels = {"app": "none"}
    with Relay(server.hostname, server.port) as relay:
        access = through(kube_access, relay.port, tmp_path)
        asked = probe(kubeconfig=access.kubeconfig, namespace=namespace.name, pods=labels)
        async with asked.reader() as read:
            seen = Seen(read)
            await seen.until(quantity("count", 0))
            relay.cut()
            unknown = await seen.until(lambda reading: isinstance(reading, Unknown), 10)
            assert "cannot be seen" in json.dumps(unknown.model_dump())
            relay.mend()
            await seen.until(quantity("count", 0))
            relay.fall_silent()
            await seen.until(lambda reading: isinstance(reading, Unknown), 20)
