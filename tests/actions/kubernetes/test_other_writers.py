"""An autoscaler, a person or a pipeline writes to what is just being undone: theirs stays, ours goes."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import pytest

from seatrial.action import Lease
from seatrial.errors import ForeignChange, Retryable
from seatrial.kube import edits, marks
from seatrial.kube.client import MANAGER
from seatrial.kube.ref import Ref
from seatrial.testing.kube_namespace import KubeNamespace, deployment, service
from tests.actions.kubernetes.acting import action_of
from tests.actions.kubernetes.test_races import APPLIES, kubectl
from tests.actions.kubernetes.test_workload import NOWHERE

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]
ROUNDS = 12
SEED = 20
Write = Callable[[KubeNamespace, Ref, Any], object]


def web(replicas: int = 2) -> dict[str, Any]:
    return deployment("web", replicas, **NOWHERE)


def by_hand(path: str) -> Write:
    """As `kubectl edit` does it."""
    return lambda namespace, one, value: namespace.edit(one, {"op": "replace", "path": path, "value": value})


def autoscaler(namespace: KubeNamespace, one: Ref, replicas: Any) -> None:
    """Through the subresource, under a name of its own."""
    change = {"op": "replace", "path": "/spec/replicas", "value": replicas}
    namespace.cluster.patch(f"{one.path}/scale", [change], fieldManager="autoscaler")


def applied(how: str) -> Write:
    """The whole manifest by kubectl; on the server's side a fault's field is a conflict, unless forced."""
    force = ("--force-conflicts",) if how == "server" else ()
    return lambda namespace, _, replicas: kubectl(namespace, "apply", web(replicas), *APPLIES[how], *force)


class Raced(NamedTuple):
    """What is hit and how, and what another writes to the same place at the same time."""

    manifest: dict[str, Any]
    action: str
    arguments: dict[str, Any]
    place: edits.Place
    write: Write
    value: Callable[[int], Any]
    """Another one each round."""


CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"mode": "calm"}}
IMAGE = "/spec/template/spec/containers/0/image"


def scaled(write: Write) -> Raced:
    return Raced(web(), "workload.scale", {"replicas": 0}, ("spec", "replicas"), write, lambda n: 3 + n)


RACED = {
    "autoscaler": scaled(autoscaler),
    "person": scaled(by_hand("/spec/replicas")),
    "apply": scaled(applied("client")),
    "server-side-apply": scaled(applied("server")),
    "config": Raced(
        CONFIG,
        "config.change",
        {"data": {"mode": "wild"}},
        ("data", "mode"),
        by_hand("/data/mode"),
        lambda n: f"theirs-{n}",
    ),
    "selector": Raced(
        service("web"),
        "service.selector",
        {},
        ("spec", "selector"),
        by_hand("/spec/selector"),
        lambda n: {"app": f"theirs-{n}"},
    ),
    "rollout": Raced(
        web(1),
        "rollout.image",
        {},
        ("spec", "template", "spec", "containers", {"name": "web"}, "image"),
        by_hand(IMAGE),
        lambda n: f"theirs:{n}",
    ),
}


def undone(action: Any, target: Any, state: Any) -> bool:
    """One try, as the runner makes it."""
    try:
        action.undo(target, state)
    except ForeignChange:
        pass
    except Retryable:
        return False
    return bool(action.is_undone(target, state))


def assert_theirs(namespace: KubeNamespace, one: Ref, raced: Raced, value: Any, when: str) -> None:
    """Their value, and nothing of ours: mark, intent, ownership."""
    found = namespace.cluster.get(one.path)
    data = found["metadata"]
    assert edits.read(found, raced.place) == value, when
    assert marks.RUN not in (data.get("labels") or {}), when
    assert marks.UNDO not in (data.get("annotations") or {}), when
    ours = [entry["manager"] for entry in data["managedFields"] if entry["manager"].startswith(f"{MANAGER}-")]
    assert not ours, when


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """Something that another does meanwhile; what it raises fails the test."""
    failed: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  raised by whoever waits
            failed.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failed:
        raise failed[0]


@pytest.mark.parametrize("raced", RACED.values(), ids=RACED)
def test_a_write_at_any_moment_of_the_undo_stays(raced: Raced, namespace: KubeNamespace) -> None:
    chance, longest_s = random.Random(SEED), 0.1
    action = action_of(raced.action, **raced.arguments)
    one = namespace.add(raced.manifest)
    target = namespace.target(one)
    for number in range(ROUNDS):
        state = action.prepare(target, Lease(id=f"20261128T100000Z-race{number}.f0.t0", max_hold_s=60))
        action.apply(target, state)
        after_s, value = chance.uniform(0, longest_s), raced.value(number)
        began_s = time.monotonic()
        with beside(partial(written_after, after_s, raced, namespace, one, value)):
            namespace.until(partial(undone, action, target, state))
            longest_s = max(longest_s, time.monotonic() - began_s) if number < 3 else longest_s
        assert_theirs(namespace, one, raced, value, f"written {after_s * 1000:.0f} ms into undo {number}")


def written_after(after_s: float, raced: Raced, namespace: KubeNamespace, one: Ref, value: Any) -> None:
    threading.Event().wait(after_s)
    raced.write(namespace, one, value)


@pytest.mark.parametrize("raced", [RACED["autoscaler"], RACED["config"]], ids=["autoscaler", "config"])
def test_who_writes_all_the_time_does_not_keep_the_undo_away(raced: Raced, namespace: KubeNamespace) -> None:
    action = action_of(raced.action, **raced.arguments)
    one = namespace.add(raced.manifest)
    target = namespace.target(one)
    state = action.prepare(target, Lease(id="20261128T100000Z-busy.f0.t0", max_hold_s=60))
    action.apply(target, state)
    enough = threading.Event()
    written: list[Any] = []

    def write() -> None:
        while not enough.wait(0.01):
            written.append(raced.value(len(written) % 5))
            raced.write(namespace, one, written[-1])

    with beside(write):
        try:
            namespace.until(lambda: written)
            namespace.until(partial(undone, action, target, state), 30)
        finally:
            enough.set()
    assert_theirs(namespace, one, raced, written[-1], f"after {len(written)} writes")
