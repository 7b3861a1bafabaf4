"""Load from pods: what they are told, what is taken of their logs, and a real Job of a real cluster."""

import os
from pathlib import Path
from typing import Any

import anyio
import pytest

from seatrial.load.generator import LoadGenerator
from seatrial.load.pods.command import relay_argv, relay_configuration
from seatrial.load.pods.job import PodLoad, PodsOrder, job, secret
from seatrial.load.pods.relay import Failed, check_clock
from seatrial.load.second import LoadSecond
from seatrial.model.load import Load
from seatrial.testing.kube_namespace import KubeNamespace, deployment, service

NOW_UNIX = 1000.0


def load(**keys: Any) -> Load:
    return Load.model_validate(
        {"host": "http://web", "requests": [{"path": "/"}], "workers": {"kubernetes": 3}, **keys}
    )


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"rate": "9/s", "workers": {}}, "say where the workers are"),
        ({"rate": "9/s", "workers": {"expect": 1, "kubernetes": 1}}, "say where the workers are"),
        ({"users": 2}, "2 users cannot be shared by 3 pods"),
        ({"rate": "9/s", "processes": 2}, "remove one"),
    ],
    ids=["nowhere", "both", "few users", "processes"],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load(**keys)


def test_users_are_shared_without_a_rest() -> None:
    told = PodLoad.model_validate_json(relay_configuration(load(users=8, spawn_rate="3/s"), seed=1))
    users = [int(one[one.index("--users") + 1]) for one in told.arguments]
    assert users == [3, 3, 2]
    assert {one[one.index("--spawn-rate") + 1] for one in told.arguments} == {"1"}
    assert not any("--master" in one for one in told.arguments)


def test_nothing_secret_is_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    given = load(rate="9/s", requests=[{"path": "/", "headers": {"Authorization": "Bearer hush"}}])
    assert "hush" not in " ".join(relay_argv(given))
    assert b"hush" in relay_configuration(given, seed=1)


def test_pods_run_under_restricted_security_and_end_by_themselves() -> None:
    order = PodsOrder(
        kubeconfig=None,
        context=None,
        namespace="n",
        image="i",
        name="j",
        workers=2,
        start_within_s=60,
        locustfile=None,
    )
    made = job(order)
    pod = made["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert not pod["automountServiceAccountToken"]
    assert made["spec"]["activeDeadlineSeconds"] == 80
    told = secret(order, PodLoad.model_validate_json(relay_configuration(load(rate="9/s"), seed=1)), "u")
    assert told["metadata"]["ownerReferences"][0]["uid"] == "u"


def test_a_clock_that_runs_ahead_is_told() -> None:
    check_clock(NOW_UNIX - 60, NOW_UNIX)  # a line that comes late is only late
    with pytest.raises(Failed, match=r"5\.0 s ahead"):
        check_clock(NOW_UNIX + 5, NOW_UNIX)


async def some_seconds(given: Load, folder: Path, number: int) -> list[LoadSecond]:
    found: list[LoadSecond] = []
    async with LoadGenerator(given, run_folder=folder, seed=1) as generator:
        with anyio.fail_after(60):
            async for second in generator.seconds():
                found.append(second)
                if len(found) == number:
                    break
    return found


@pytest.fixture
def image() -> str:
    """Of this very version, on the cluster's nodes."""
    named = os.environ.get("SEATRIAL_IMAGE")
    if named is None:
        pytest.skip("SEATRIAL_IMAGE names no image of this version that the cluster's nodes have")
    return named


@pytest.mark.kubernetes
@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.timeout(300)
async def test_pods_send_what_was_asked_for_together(
    namespace: KubeNamespace, image: str, tmp_path: Path
) -> None:
    namespace.add(deployment("web"))
    namespace.add(service("web"))
    namespace.until(lambda: namespace.ready("web") == 1)
    where = {"kubernetes": 2, "namespace": namespace.name, "image": image, "connect_within": "3 min"}
    given = load(rate="40/s", host=f"http://web.{namespace.name}", workers=where)

    seconds = await some_seconds(given, tmp_path, 8)

    counted = seconds[2:]
    assert {second.workers for second in counted} <= {1, 2}
    assert sum(second.scheduled for second in counted) == pytest.approx(40 * len(counted), rel=0.2)
    assert all(second.ratio().bad == 0 for second in counted)
    assert sum(second.lost for second in seconds) == 0
    namespace.until(lambda: not namespace.all("Job") and not namespace.all("Secret"), 60)


@pytest.mark.kubernetes
@pytest.mark.slow
@pytest.mark.anyio
@pytest.mark.timeout(200)
async def test_an_image_that_is_not_there_is_told(namespace: KubeNamespace, tmp_path: Path) -> None:
    where = {
        "kubernetes": 1,
        "namespace": namespace.name,
        "image": "seatrial.test/none:1",
        "connect_within": "5 s",
    }
    with pytest.raises(Exception, match=r"0 of 1 pods run: (ErrImagePull|ImagePullBackOff)"):
        await some_seconds(load(rate="9/s", workers=where), tmp_path, 1)
    namespace.until(lambda: not namespace.all("Job"), 60)
