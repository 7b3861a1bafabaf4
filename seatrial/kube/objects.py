"""What the JSON of an object says, in the few words that selecting and judging need."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from seatrial.kube.client import Json

_MIRROR = "kubernetes.io/config.mirror"
ZONE = "topology.kubernetes.io/zone"


class Owner(NamedTuple):
    """The controller of an object."""

    kind: str
    name: str
    uid: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def metadata(found: Json) -> Mapping[str, Any]:
    data: Mapping[str, Any] = found.get("metadata") or {}
    return data


def labels(found: Json) -> Mapping[str, str]:
    return metadata(found).get("labels") or {}


def annotations(found: Json) -> Mapping[str, str]:
    return metadata(found).get("annotations") or {}


def owner(found: Json) -> Owner | None:
    """Its controller; None where nobody brings it back."""
    for one in metadata(found).get("ownerReferences") or ():
        if one.get("controller"):
            return Owner(one["kind"], one["name"], one["uid"])
    return None


def is_terminating(found: Json) -> bool:
    """On its way out; such a pod is `Running` and `Ready` for all its grace."""
    return "deletionTimestamp" in metadata(found)


def is_finished(pod: Json) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def is_static(pod: Json) -> bool:
    """Made by a node out of a file; the API only mirrors it."""
    return _MIRROR in annotations(pod)


def condition(found: Json, name: str) -> Mapping[str, Any] | None:
    """One of its conditions: `Ready`."""
    for one in (found.get("status") or {}).get("conditions") or ():
        if one.get("type") == name:
            return dict(one)
    return None


def is_true(found: Json, name: str) -> bool:
    """Whether a condition holds."""
    return (condition(found, name) or {}).get("status") == "True"


def is_ready(pod: Json) -> bool:
    """A pod that serves, and is going to."""
    return is_true(pod, "Ready") and not is_terminating(pod)


def selects(selector: Mapping[str, Any] | None, found_labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector (matchLabels, matchExpressions) means an object with these labels.

    None selects nothing, an empty one everything, as in the API.
    """
    if selector is None:
        return False
    wanted = selector.get("matchLabels") or {}
    if any(found_labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(one, found_labels) for one in selector.get("matchExpressions") or ())


def _holds(expression: Mapping[str, Any], found_labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return found_labels.get(key) in values
        case "NotIn":
            return found_labels.get(key) not in values
        case "Exists":
            return key in found_labels
    return key not in found_labels


def labelled(labels: str | Mapping[str, str]) -> str:
    """Labels as the API takes them, from a mapping or a selector as kubectl's."""
    return labels if isinstance(labels, str) else ",".join(f"{key}={value}" for key, value in labels.items())


def label_query(selector: Mapping[str, Any]) -> str:
    """A LabelSelector as the API takes it in a query; an empty one means everything."""
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or ():
        key, values = one["key"], ",".join(one.get("values") or ())
        parts.append(
            {
                "In": f"{key} in ({values})",
                "NotIn": f"{key} notin ({values})",
                "Exists": key,
                "DoesNotExist": f"!{key}",
            }[one["operator"]]
        )
    return ",".join(parts)
