"""The container of an agent: as little as its fault needs, and what is seen of it afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from seatrial.action import AgentNeeds
from seatrial.agent.order import Order, needs_of, read_order
from seatrial.errors import Fatal
from seatrial.kubefaults.agent_container import ephemeral, target_container
from seatrial.kubefaults.agent_seen import seen, why
from seatrial.kubefaults.in_pod import InPod, placed
from seatrial.pack import load_packs

ENDS = datetime.now(UTC) + timedelta(minutes=1)
NETWORK = AgentNeeds(capabilities=("NET_ADMIN",))
PROCESS = AgentNeeds(as_target_uid=True, target_container=True)


def order(**target: Any) -> Order:
    given = {
        "action": "process.pause",
        "target": {"kind": "process", **target},
        "lease": "l",
        "not_after": ENDS,
    }
    return Order.model_validate(given)


def pod(*names: str, **spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": name} for name in names or ("web",)], **spec}, "status": {}}


def made(needs: AgentNeeds, of: dict[str, Any], **target: Any) -> dict[str, Any]:
    return ephemeral(of, target_container(of, None), "agent", order(**target), needs)


def test_the_network_takes_one_capability_and_no_target() -> None:
    container = made(NETWORK, pod(securityContext={"runAsNonRoot": True}))
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_ADMIN"]}
    assert container["securityContext"]["runAsUser"] == 0
    assert container["securityContext"]["runAsNonRoot"] is False
    assert "targetContainerName" not in container


def test_a_process_takes_its_user_and_what_that_may() -> None:
    theirs = pod()
    theirs["spec"]["containers"][0]["securityContext"] = {"runAsUser": 1000, "runAsGroup": 2000}
    context = made(PROCESS, theirs)["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["runAsNonRoot"]) == (1000, 2000, True)
    assert context["capabilities"] == {"drop": ["ALL"]}
    theirs["spec"]["containers"][0]["securityContext"] = {"capabilities": {"add": ["SYS_TIME"]}}
    context = made(PROCESS, theirs)["securityContext"]
    assert (context["runAsUser"], context["capabilities"]) == (0, {"add": ["SYS_TIME"]})
    theirs["status"]["containerStatuses"] = [{"name": "web", "user": {"linux": {"uid": 33, "gid": 34}}}]
    context = made(PROCESS, theirs)["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"]) == (33, 34)


def test_a_stressor_is_nobody() -> None:
    context = made(AgentNeeds(), pod())["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize(
    ("of", "says"),
    [
        (pod("web", "cache"), "web, cache: name one as `container`"),
        (pod(securityContext={"runAsNonRoot": True}), "write `runAsUser` into its pod"),
        (pod(shareProcessNamespace=True), "as `process`"),
    ],
)
def test_what_cannot_be_known_is_asked_for(of: dict[str, Any], says: str) -> None:
    with pytest.raises(Fatal, match=says):
        made(PROCESS, of)
    assert made(PROCESS, pod(shareProcessNamespace=True), cmdline="nginx")


def test_the_order_survives_its_way_into_the_pod() -> None:
    container = made(PROCESS, pod(), cmdline="worker")
    assert read_order(container["command"][-1]) == order(cmdline="worker")


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"running": {}}, (True, None, "")),
        ({"terminated": {"exitCode": 5, "finishedAt": "2026-01-01T00:00:00Z"}}, (False, 5, "")),
        ({"waiting": {"reason": "ErrImagePull", "message": "no"}}, (False, None, "ErrImagePull: no")),
        ({"waiting": {"reason": "ContainerCreating"}}, (False, None, "")),
    ],
)
def test_what_is_seen_of_it(state: dict[str, Any], told: tuple[bool, int | None, str]) -> None:
    of = pod()
    of["status"]["ephemeralContainerStatuses"] = [{"name": "agent", "state": state}]
    found = seen(of, "agent")
    assert (found.runs, found.exit_code, found.cannot_start) == told
    assert not seen(of, "another").is_there


def test_why_is_told_in_the_agent_s_own_words() -> None:
    assert why([{"event": "prepared"}, {"event": "refused", "reason": "CAP_NET_ADMIN"}]) == "CAP_NET_ADMIN"
    assert "too late" in why([{"event": "late"}])
    assert why([]) == ""


def test_only_what_the_kernel_takes_back_is_held_in_pods() -> None:
    actions = load_packs().actions
    held = placed(actions["cpu.stress"](), "kubernetes")
    assert isinstance(held, InPod)
    assert held.name == "cpu.stress"
    assert placed(held.inner, "host") is held.inner
    lasting = actions["file.missing"].model_validate({"path": "/etc/hosts"})
    with pytest.raises(Fatal, match=r"file\.missing cannot be held in a pod"):
        needs_of(lasting)
