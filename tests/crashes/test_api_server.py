"""The API server itself is killed within apply and within undo, and comes back."""

import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from seatrial.kube.access import Access
from seatrial.kube.ref import Ref
from seatrial.plan.resolve import make_plan
from seatrial.plan.rights import rights_of
from seatrial.testing.kube_account import kube_account
from seatrial.testing.kube_namespace import KubeNamespace, deployment
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment
from tests.crashes import crashing
from tests.crashes.crashing import Crashable
from tests.run.runs import written
from tests.run.test_cluster_hard_times import FAULTS, NOWHERE, seen

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]
COUNT = 20
SEED = 20


@pytest.fixture
def webs(namespace: KubeNamespace) -> list[Ref]:
    """So many that an apply and an undo of all of them take longer than a crash."""
    made = [namespace.add(deployment(f"web-{number}", 1, **NOWHERE)) for number in range(COUNT)]
    namespace.until(lambda: len(namespace.all("ReplicaSet")) == COUNT, 120)
    return made


@pytest.fixture
def before(namespace: KubeNamespace, webs: list[Ref]) -> list[Any]:
    return everything(namespace, webs)


def everything(namespace: KubeNamespace, webs: list[Ref]) -> list[Any]:
    return [seen(namespace, web) for web in webs]


def experiment(access: Access, namespace: KubeNamespace, action: str, **more: Any) -> dict[str, JsonValue]:
    where: JsonValue = {"kubeconfig": access.kubeconfig, "kind": "Deployment", "namespace": namespace.name}
    given: dict[str, Any] = {"stages": ["100%"], "hold_s": 0.3, "recover_within": "30 s", **more}
    return small_experiment(action, {"kubernetes": where}, FAULTS[action], **given)


@contextlib.contextmanager
def least(namespace: KubeNamespace, action: str, folder: Path) -> Iterator[Access]:
    """A server that has just begun knows its admins, and no one else's roles yet."""
    file = written(folder, experiment(namespace.access, namespace, action))
    (rights,) = rights_of(file.experiment, make_plan(file, 1)).values()
    with kube_account(namespace, rights, folder) as access:
        yield access


@pytest.mark.parametrize("within", ["intended", "undone"])
@pytest.mark.parametrize("action", FAULTS)
def test_it_comes_back_and_the_runner_undoes_everything(  # noqa: PLR0917  pytest gives them by name
    action: str,
    within: str,
    namespace: KubeNamespace,
    webs: list[Ref],
    before: list[Any],
    api: Crashable,
    tmp_path: Path,
) -> None:
    chance = random.Random(SEED)
    with least(namespace, action, tmp_path) as access:
        for number in range(2):
            file = experiment(access, namespace, action)
            with LiveRun(tmp_path / str(number), file) as live:
                live.await_entry(within, timeout_s=60)
                threading.Event().wait(after_s := chance.uniform(0, 0.1))
                api.crash()
                threading.Event().wait(chance.uniform(0, 3))
                api.revive()
                code = live.exit_code(120)
                crashing.until_well(namespace.access)
                when = f"killed {after_s:.3f} s after the first was {within}"
                assert code in {0, 4}, f"{when}: {live.said}"
                undone = live.entries("undone")
                assert {entry["by"] for entry in undone} == {"runner"}, f"{when}: {live.said}"
                assert len(undone) == COUNT
            assert everything(namespace, webs) == before, when
