"""A run's Lease in the cluster: as long as its runner renews it, nobody undoes behind its back.

    runner     renews each second, and tests that it is still the holder
    guardian   signs on; takes the Lease, and with it the run, once it has not been renewed for its duration

No clock is compared with another: whoever watches starts a timer of its own whenever `renewTime` changes.
"""

import datetime
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from seatrial.kube import marks
from seatrial.kube.client import Json
from seatrial.kube.cluster import Cluster
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import annotations, metadata

RUNNER: Final = "runner/"
"""How a runner's `holderIdentity` begins; then its host and its pid."""
GUARDIAN: Final = "guardian/"
"""Likewise; then the name of its pod."""
SIGNED: Final = "signed.seatrial.io/"
"""Prefix of the annotations by which guardians sign on: the pod's name, and as value its version."""


class Lease(NamedTuple):
    """A Lease as it was read."""

    path: str
    uid: str
    run: str
    holder: str
    renewed: str
    """When by the holder's clock: good only to see that it changes."""
    duration_s: float
    guardians: Mapping[str, str]
    """Who signed on, by pod, with their versions."""

    @property
    def is_the_runners(self) -> bool:
        return self.holder.startswith(RUNNER)


def manifest(name: str, run: str, holder: str, duration_s: float, owner: Json) -> dict[str, Any]:
    """A new Lease, which goes with its owner."""
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            "name": name,
            "labels": {marks.OWN: marks.OWN_GUARDIAN},
            "annotations": {marks.RUN_ID: run},
            "ownerReferences": [owner],
        },
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": max(1, round(duration_s)),
            "renewTime": now(),
        },
    }


def now() -> str:
    """As the API writes moments."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def of(found: Json, namespace: str) -> Lease:
    """A Lease out of its JSON."""
    data, spec = metadata(found), found["spec"]
    return Lease(
        path=KINDS["Lease"].path(namespace, data["name"]),
        uid=data["uid"],
        run=annotations(found).get(marks.RUN_ID, ""),
        holder=spec.get("holderIdentity") or "",
        renewed=spec.get("renewTime") or "",
        duration_s=float(spec["leaseDurationSeconds"]),
        guardians={
            key.removeprefix(SIGNED): value
            for key, value in annotations(found).items()
            if key.startswith(SIGNED)
        },
    )


def read(cluster: Cluster, namespace: str, name: str) -> Lease | None:
    """A Lease as it is now; None where it is gone. Raises KubeError."""
    found = cluster.find(KINDS["Lease"].path(namespace, name))
    return None if found is None else of(found, namespace)


def all_of_runs(cluster: Cluster, namespace: str | None = None) -> list[Lease]:
    """The Leases of all runs that have guardians here; none for whoever may not look."""
    try:
        found = cluster.list_all(
            KINDS["Lease"].collection(namespace), labelSelector=f"{marks.OWN}={marks.OWN_GUARDIAN}"
        )
    except KubeError:
        return []
    return [of(one, metadata(one)["namespace"]) for one in found]


def renew(cluster: Cluster, lease: Lease) -> bool:
    """For another duration; False where it has another holder, or is another. Raises KubeError."""
    return _patch(cluster, lease, [{"op": "replace", "path": "/spec/renewTime", "value": now()}])


def sign(cluster: Cluster, lease: Lease, pod: str, version: str) -> bool:
    """Say that a guardian is ready. Raises KubeError."""
    key = f"{SIGNED}{pod}".replace("/", "~1")
    return _patch(cluster, lease, [{"op": "add", "path": f"/metadata/annotations/{key}", "value": version}])


def take(cluster: Cluster, lease: Lease, holder: str) -> bool:
    """Become the holder of a Lease that has not been renewed since it was read; False where it has."""
    still = {"op": "test", "path": "/spec/renewTime", "value": lease.renewed}
    taken = [
        {"op": "replace", "path": "/spec/holderIdentity", "value": holder},
        {"op": "replace", "path": "/spec/renewTime", "value": now()},
    ]
    return _patch(cluster, lease, [still, *taken])


def _patch(cluster: Cluster, lease: Lease, change: list[dict[str, str]]) -> bool:
    tests = [
        {"op": "test", "path": "/metadata/uid", "value": lease.uid},
        {"op": "test", "path": "/spec/holderIdentity", "value": lease.holder},
    ]
    try:
        cluster.patch(lease.path, [*tests, *change])
    except KubeError as error:
        if error.is_gone or (error.status == 422 and not error.details.get("causes")):
            return False
        raise
    return True
