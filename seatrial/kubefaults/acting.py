"""What all actions on Kubernetes objects have in common: their cluster, their kinds, their rights, errors."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from seatrial.action import Fate
from seatrial.errors import Fatal, InvalidInput, Retryable
from seatrial.kube import marks, rights
from seatrial.kube.access import Access
from seatrial.kube.client import Json, import_library
from seatrial.kube.cluster import Cluster, cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.objects import metadata
from seatrial.kube.ref import Ref
from seatrial.kube.rights import Right
from seatrial.model.base import Model
from seatrial.targets.target import KubernetesTarget


class Acting(Model):
    """An action on objects of a cluster. Put it, or what derives from it, before `Action`."""

    hits: ClassVar[tuple[str, ...]]
    """The kinds of objects that it can hit: `("Deployment", "StatefulSet")`."""
    pods_are: ClassVar[Fate] = "lost"
    """What becomes of the target's pods; the plan counts them."""

    def pods_hit(self, target: KubernetesTarget, pods: Sequence[Json]) -> Iterable[Json]:
        """Which of them that happens to."""
        return pods

    @classmethod
    def warm_up(cls) -> None:
        """The client library takes a quarter of a second."""
        import_library()

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """All that applying, looking and undoing take."""
        raise NotImplementedError

    def impossible(self) -> str | None:
        """Why it can be done to no object at all, or None; asked without a cluster."""
        return None

    @property
    def timeout_s(self) -> float:
        """How long one verb may take; an API server under load makes its users wait."""
        return 30.0

    def refusal(self, target: KubernetesTarget) -> str | None:
        """Why this must not be done to this object, or None; asked when the plan is made."""
        if target.object.kind not in self.hits:
            return f"it hits a {' or a '.join(self.hits)}: write `kind: {self.hits[0]}`"
        return None

    def missing_privileges(self, target: KubernetesTarget) -> list[str]:
        """Which rights in the cluster whoever runs this lacks."""
        with asking():
            cluster = cluster_at(target.access)
            wanted = list(self.rights(target))  # to say which they are an action may have to ask the cluster
            lacking = cluster.run(rights.missing(cluster.client, wanted))
            return [f"the right to {right}" for right in lacking]


class Forbidden(Fatal):
    """Whoever runs this lacks a right, which `missing_privileges` names."""


@contextlib.contextmanager
def asking() -> Iterator[None]:
    """Turn what a cluster says into what a runner understands: Retryable or Fatal."""
    try:
        yield
    except KubeError as error:
        if error.is_worth_another_try:
            raise Retryable(str(error)) from None
        if error.is_forbidden:
            raise Forbidden(str(error)) from None
        raise Fatal(str(error)) from None
    except InvalidInput as error:
        raise Fatal(f"{error.message}: {error.hint}" if error.hint else error.message) from None


def present(access: Access, one: Ref) -> Json | None:
    """The object as it is now; None where it is gone, or another has its name."""
    found = cluster_at(access).find(one.path)
    return found if found is not None and metadata(found)["uid"] == one.uid else None


def on(access: Access) -> Cluster:
    """The cluster to ask."""
    return cluster_at(access)


def lock_of(found: Json) -> str | None:
    """The fault that is on an object, by its label."""
    value: str | None = (metadata(found).get("labels") or {}).get(marks.RUN)
    return value


def intent_text(action: Acting, target: KubernetesTarget, state: Any) -> str:
    """All that another machine needs to undo a fault, as in the journal; `state` has its `lease`."""
    intent = {
        "id": state.lease,
        "action": action.name,  # type: ignore[attr-defined]  # of the action that this is mixed into
        "arguments": as_json(action),
        "target": as_json(target),
        "state": as_json(state),
        "timeout_s": action.timeout_s,
    }
    return json.dumps(intent, separators=(",", ":"))


def as_json(model: Any) -> dict[str, Any]:
    """A model as data."""
    data: dict[str, Any] = model.model_dump(mode="json", by_alias=True)
    return data
