"""What an object is for whoever owns it: its JSON without what the cluster's own controllers move."""

from typing import Any, Final

from seatrial.kube import marks
from seatrial.kube.client import MANAGER, Json

_COUNTED: Final = ("resourceVersion", "generation")
_CONTROLLERS: Final = ("kube-controller-manager", "kubelet", "kube-scheduler")
_REVISION: Final = "deployment.kubernetes.io/revision"


def picture(found: Json | None) -> dict[str, Any] | None:
    """Equal before a fault and after its undo, `managedFields` and the times in them included."""
    if found is None:
        return None
    data = {key: value for key, value in found["metadata"].items() if key not in _COUNTED}
    data["managedFields"] = [one for one in data.get("managedFields") or () if not _is_of_controllers(one)]
    kept = {key: value for key, value in (data.pop("annotations", None) or {}).items() if key != _REVISION}
    data |= {"annotations": kept} if kept else {}
    return {**{key: value for key, value in found.items() if key != "status"}, "metadata": data}


def unmarked(pictured: dict[str, Any] | None) -> dict[str, Any] | None:
    """The same without label, annotation and ownership of a fault: what belongs to others."""
    if pictured is None:
        return None
    data = dict(pictured["metadata"])
    for name, mark in (("labels", marks.RUN), ("annotations", marks.UNDO)):
        kept = {key: value for key, value in (data.pop(name, None) or {}).items() if key != mark}
        data |= {name: kept} if kept else {}
    data["managedFields"] = [one for one in data["managedFields"] if not _is_of_a_fault(one)]
    return {**pictured, "metadata": data}


def _is_of_a_fault(entry: dict[str, Any]) -> bool:
    return str(entry.get("manager")).startswith(f"{MANAGER}-")


def _is_of_controllers(entry: dict[str, Any]) -> bool:
    return entry.get("subresource") == "status" or entry.get("manager") in _CONTROLLERS
