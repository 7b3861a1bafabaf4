"""Objects with a fault on them, found by their label: it shows what has to be undone, from any machine."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from seatrial.kube import marks
from seatrial.kube.client import Json
from seatrial.kube.cluster import Cluster
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import labels
from seatrial.kube.rights import Right

_AT_ONCE: Final = 8
_NAMES_MAX: Final = 32
"""Beyond as many objects of one kind a list is cheaper than asking for each."""
CHANGED: Final = (
    "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Service",
    "EndpointSlice", "ConfigMap", "Secret", "ResourceQuota", "LimitRange", "HorizontalPodAutoscaler",
    "PodDisruptionBudget", "NetworkPolicy", "Node", "Namespace",
)  # fmt: skip
"""The kinds that actions change or make."""
_CHANGING: Final = frozenset({"create", "patch", "update", "delete"})


class Place(NamedTuple):
    """Where objects with a fault on them may be."""

    kind: str
    namespace: str | None = None
    """None for what is in no namespace, or for all of them."""
    names: tuple[str, ...] = ()
    """Only these; empty: whatever there is of the kind."""

    def __str__(self) -> str:
        plural = KINDS[self.kind].plural
        if not KINDS[self.kind].namespaced:
            return plural
        return f"{plural} of namespace {self.namespace}" if self.namespace else f"{plural} of all namespaces"


class Unlisted(NamedTuple):
    """A place that could not be looked at."""

    place: Place
    reason: str
    is_forbidden: bool
    """True where whoever asks has no right to look; else it may be possible a little later."""


class Marked(NamedTuple):
    """What was found."""

    objects: list[Json]
    """Each with its `kind`."""
    unlisted: list[Unlisted]


def everywhere(namespace: str | None = None) -> list[Place]:
    """Every place in a cluster, or in one namespace and among what is in none."""
    return [Place(kind, namespace if KINDS[kind].namespaced else None) for kind in CHANGED if kind in KINDS]


def places_of(rights: Iterable[Right]) -> list[Place]:
    """Where actions with these rights may have left a fault; by name as far as they are."""
    kinds = {(kind.group, kind.plural): kind.name for kind in KINDS.values()}
    found: dict[tuple[str, str | None], set[str | None]] = {}
    for right in rights:
        kind = kinds.get((right.group, right.resource.partition("/")[0]))
        if kind in CHANGED and right.verb in _CHANGING:
            found.setdefault((kind, right.namespace), set()).add(right.name)
    return [
        Place(kind, namespace, _few(names))
        for (kind, namespace), names in sorted(found.items(), key=lambda one: (one[0][0], one[0][1] or ""))
    ]


def _few(names: set[str | None]) -> tuple[str, ...]:
    named = sorted(name for name in names if name is not None)
    return tuple(named) if len(named) == len(names) <= _NAMES_MAX else ()


def rights_to_look(places: Iterable[Place]) -> list[Right]:
    """What looking there takes."""
    return [
        Right(
            "get" if name else "list",
            KINDS[place.kind].group,
            KINDS[place.kind].plural,
            place.namespace,
            name,
        )
        for place in places
        for name in place.names or (None,)
    ]


def find_marked(cluster: Cluster, places: Sequence[Place]) -> Marked:
    """Everything there that has a fault on it; what could not be looked at is told, never raised."""
    objects: list[Json] = []
    unlisted: dict[Place, Unlisted] = {}
    looks = [(place, name) for place in places for name in place.names or ("",)]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        answers = threads.map(lambda look: _look(cluster, *look), looks)
        for (place, _), found in zip(looks, answers, strict=True):
            if isinstance(found, KubeError):
                unlisted.setdefault(place, Unlisted(place, str(found), found.is_forbidden))
            else:
                objects += [{**one, "kind": place.kind} for one in found]
    return Marked(objects, list(unlisted.values()))


def _look(cluster: Cluster, place: Place, name: str) -> list[Json] | KubeError:
    kind = KINDS[place.kind]
    try:
        if not name:
            return cluster.list_all(kind.collection(place.namespace), labelSelector=marks.RUN)
        found = cluster.find(kind.path(place.namespace, name))
        return [found] if found is not None and marks.RUN in labels(found) else []
    except KubeError as error:
        return error
