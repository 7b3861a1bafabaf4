"""What the JSON of objects says of how they do."""

from typing import Any

import pytest

from seatrial.kube.states import of_nodes, of_pods, of_service, of_workload, restarts, times


def workload(desired: int, **status: int) -> dict[str, Any]:
    return {
        "metadata": {"generation": 2},
        "spec": {"replicas": desired},
        "status": {"observedGeneration": 2, "replicas": desired, **status},
    }


def test_a_workload_that_is_not_there_says_nothing() -> None:
    assert of_workload([]) is None


def test_of_no_replicas_none_is_a_share() -> None:
    told = of_workload([workload(0)])
    assert told is not None
    assert told["ready_share"] is None
    assert told["ready"] == 0


@pytest.mark.parametrize(
    ("status", "rolled_out"),
    [
        ({"readyReplicas": 3, "updatedReplicas": 3, "availableReplicas": 3}, True),
        ({"readyReplicas": 3, "updatedReplicas": 3, "availableReplicas": 3, "observedGeneration": 1}, False),
        ({"readyReplicas": 3, "updatedReplicas": 3, "availableReplicas": 3, "replicas": 4}, False),
        ({"readyReplicas": 3, "updatedReplicas": 1, "availableReplicas": 3}, False),
    ],
    ids=["done", "not seen yet", "old ones are there", "half"],
)
def test_rolled_out_is_what_kubectl_waits_for(status: dict[str, int], *, rolled_out: bool) -> None:
    told = of_workload([workload(3, **status)])
    assert told is not None
    assert told["rolled_out"] is rolled_out
    assert told["ready_share"] == 100


def test_a_daemon_set_counts_by_nodes() -> None:
    status = {
        "desiredNumberScheduled": 4,
        "numberReady": 3,
        "numberAvailable": 3,
        "updatedNumberScheduled": 4,
    }
    told = of_workload([{"metadata": {}, "spec": {}, "status": status}])
    assert told is not None
    assert (told["desired"], told["ready"], told["ready_share"]) == (4, 3, 75.0)


def pod(
    *, ready: bool = True, terminating: bool = False, phase: str = "Running", reason: str = ""
) -> dict[str, Any]:
    state = {"waiting": {"reason": reason}} if reason else {"running": {}}
    return {
        "metadata": {"uid": "u", "name": "p", **({"deletionTimestamp": "now"} if terminating else {})},
        "status": {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"restartCount": 2, "state": state}],
        },
    }


def test_a_terminating_pod_is_not_ready_though_it_says_so() -> None:
    told = of_pods([pod(), pod(terminating=True)])
    assert (told["ready"], told["count"], told["running"]) == (1, 1, 2)


def test_why_containers_do_not_start() -> None:
    pods = [pod(ready=False, phase="Pending", reason=why) for why in ("ErrImagePull", "ContainerCreating")]
    assert of_pods(pods)["waiting"] == "ErrImagePull"
    assert restarts(pods[0]) == 2


def test_an_endpoint_of_which_nothing_is_said_is_ready_and_counts_once() -> None:
    one = {"addresses": ["10.0.0.1"], "conditions": {}}
    leaving = {
        "addresses": ["10.0.0.2"],
        "conditions": {"ready": False, "serving": True, "terminating": True},
    }
    assert of_service([{"endpoints": [one, leaving]}, {"endpoints": [one]}]) == {
        "ready": 1,
        "serving": 2,
        "terminating": 1,
    }


def test_nodes() -> None:
    sick = {
        "spec": {"unschedulable": True},
        "status": {"conditions": [{"type": "DiskPressure", "status": "True"}]},
    }
    well = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert of_nodes([sick, well]) == {"ready": 1, "count": 2, "unschedulable": 1, "under_pressure": 1}


@pytest.mark.parametrize(
    ("event", "number"), [({}, 1), ({"count": 4}, 4), ({"count": 1, "series": {"count": 9}}, 9)]
)
def test_equal_events_are_one_object_that_counts(event: dict[str, Any], number: int) -> None:
    assert times(event) == number
