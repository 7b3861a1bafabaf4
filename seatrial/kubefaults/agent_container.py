"""The container that an agent runs in: what it may, whom it sees, and as whom it runs."""

from typing import Any, Final, NamedTuple

from seatrial.action import AgentNeeds
from seatrial.agent.order import Order
from seatrial.errors import Fatal
from seatrial.kube.client import Json
from seatrial.kube.image import own_image

_ROOT: Final = 0


class User(NamedTuple):
    """As whom the processes of a container run."""

    uid: int
    gid: int


def target_container(pod: Json, named: str | None) -> Json:
    """The container that is meant; raises Fatal where none has this name, or one has to be chosen."""
    containers = pod["spec"]["containers"]
    found = [one for one in containers if named is None or one["name"] == named]
    if len(found) == 1:
        return found[0]
    known = ", ".join(one["name"] for one in containers)
    raise Fatal(f"it has the containers {known}: name one as `container`")


def ephemeral(pod: Json, container: Json, name: str, order: Order, needs: AgentNeeds) -> dict[str, Any]:
    """As the API takes it; raises Fatal where it cannot be known as whom it has to run."""
    made: dict[str, Any] = {
        "name": name,
        "image": own_image(),
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "seatrial.agent", order.to_json()],
        "stdin": True,
        "stdinOnce": True,
        "securityContext": _security(pod, container, needs),
    }
    if needs.target_container:
        if pod["spec"].get("shareProcessNamespace") and getattr(order.target, "cmdline", None) is None:
            raise Fatal("its containers share their processes: say which one is meant, as `process`")
        made["targetContainerName"] = container["name"]
    return made


def _security(pod: Json, container: Json, needs: AgentNeeds) -> dict[str, Any]:
    """As little as it needs: what *restricted* pod security allows, where the fault permits that."""
    least: dict[str, Any] = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    if needs.as_target_uid:
        user = user_of(pod, container)
        if user.uid == _ROOT:  # it takes no fewer capabilities than theirs
            least["capabilities"] = (container.get("securityContext") or {}).get("capabilities") or {}
        return least | _as(user)
    if needs.capabilities:
        least["capabilities"] = {"drop": ["ALL"], "add": list(needs.capabilities)}
        return least | _as(User(_ROOT, _ROOT))
    user = user_of(pod, container, otherwise=User(65534, 65534))
    return least | _as(user if user.uid != _ROOT else User(65534, 65534))


def _as(user: User) -> dict[str, Any]:
    return {"runAsUser": user.uid, "runAsGroup": user.gid, "runAsNonRoot": user.uid != _ROOT}


def user_of(pod: Json, container: Json, otherwise: User | None = None) -> User:
    """As whom its processes run, by the kubelet or the specification; raises Fatal where neither says."""
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        linux = (status.get("user") or {}).get("linux")
        if status["name"] == container["name"] and linux:
            return User(linux["uid"], linux["gid"])
    wanted = {**(pod["spec"].get("securityContext") or {}), **(container.get("securityContext") or {})}
    if "runAsUser" in wanted:
        return User(wanted["runAsUser"], wanted.get("runAsGroup", _ROOT))
    if otherwise is not None:
        return otherwise
    if wanted.get("runAsNonRoot"):
        raise Fatal("its image says as whom it runs, and nobody else does: write `runAsUser` into its pod")
    return User(_ROOT, _ROOT)
