"""What the tests of this folder share."""

from typing import Any

from seatrial.kube.ref import Ref
from seatrial.pack import load_packs
from seatrial.testing.kube_namespace import KubeNamespace


def action_of(name: str, **arguments: Any) -> Any:
    """An action of the shipped pack, its arguments as they stand under `with:`."""
    return load_packs().actions[name].model_validate(arguments)


def why_not(name: str, namespace: KubeNamespace, one: Ref, **arguments: Any) -> str:
    """Why an action refuses an object; empty where it does not."""
    return action_of(name, **arguments).refusal(namespace.target(one)) or ""


def only(namespace: KubeNamespace, kind: str, labels: str = "") -> Ref:
    """The only object of a kind there, once it is there."""
    namespace.until(lambda: namespace.all(kind, labels))
    (found,) = namespace.all(kind, labels)
    data = found["metadata"]
    return Ref(kind=kind, namespace=namespace.name, name=data["name"], uid=data["uid"])
