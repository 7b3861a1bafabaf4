"""Making what guardians in a cluster need, seeing how they are, removing all of it. Blocking."""

import contextlib
from collections.abc import Mapping
from typing import Any, Final

from seatrial.guardian.in_cluster.manifests import Manifests, owner_of
from seatrial.kube import lease
from seatrial.kube.client import Json
from seatrial.kube.cluster import Cluster, cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.lease import Lease
from seatrial.kube.objects import metadata

_HOPELESS: Final = (
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "CreateContainerConfigError",
)


class Installation:
    """The objects of one run in one cluster. Its verbs raise KubeError."""

    def __init__(self, manifests: Manifests) -> None:
        self.manifests = manifests
        self.name = manifests.name
        self._where = manifests.guarded.namespace

    @property
    def _cluster(self) -> Cluster:
        return cluster_at(self.manifests.guarded.access)

    def make(self, holder: str) -> Lease:
        """All of it; where one thing fails, nothing is left."""
        try:
            return self._make(holder)
        except KubeError:
            with contextlib.suppress(KubeError):
                self.remove()
            raise

    def _make(self, holder: str) -> Lease:
        job = self._create(self._where, self.manifests.job())
        owner = owner_of(job)
        settings = self.manifests.guarded.settings
        body = lease.manifest(self.name, self.manifests.run, holder, settings.lease, owner)
        made = lease.of(self._create(self._where, body), self._where)
        if self.manifests.makes_account:
            self._create(self._where, self.manifests.account(owner))
            for role, binding in self.manifests.roles_with_bindings():
                namespace = role["metadata"].get("namespace")
                own = owner if namespace == self._where else None
                created = self._create(namespace, self.manifests.owned(role, own))
                self._create(namespace, self.manifests.owned(binding, own or owner_of(created)))
        return made

    def _create(self, namespace: str | None, body: dict[str, Any]) -> Json:
        return self._cluster.create(KINDS[body["kind"]].collection(namespace), body)

    def signed(self) -> Mapping[str, str]:
        """The guardians that are ready, with their versions."""
        found = lease.read(self._cluster, self._where, self.name)
        return found.guardians if found is not None else {}

    def why_hopeless(self) -> str:
        """What will not get better by waiting, in words; empty where nothing is known to be wrong."""
        return next((why for pod in self._pods() if (why := _why_hopeless(pod))), "")

    def why_waiting(self) -> str:
        """How its pods are, in words."""
        try:
            pods = self._pods()
        except KubeError as error:
            return str(error)
        said = [f"pod {metadata(pod)['name']} is {_state_of(pod)}" for pod in pods]
        return "; ".join(said) or f"job {self._where}/{self.name} has no pods: `kubectl describe` tells why"

    def _pods(self) -> list[Json]:
        of_job = f"batch.kubernetes.io/job-name={self.name}"
        return self._cluster.list_all(KINDS["Pod"].collection(self._where), labelSelector=of_job)

    def remove(self) -> None:
        """The Job, and with it all that it owns; then what it could not own."""
        self._cluster.delete(KINDS["Job"].path(self._where, self.name))
        for role in self.manifests.task.roles:
            self._cluster.delete(role.path)


def _why_hopeless(pod: Json) -> str:
    for one in (pod.get("status") or {}).get("containerStatuses") or ():
        waiting = (one.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in _HOPELESS:
            return f"{waiting['reason']}: {waiting.get('message') or one['image']}"
        ended = (
            (one.get("lastState") or {}).get("terminated") or (one.get("state") or {}).get("terminated") or {}
        )
        if ended.get("exitCode"):
            return f"the guardian ended: {(ended.get('message') or ended.get('reason') or '').strip()}"
    return ""


def _state_of(pod: Json) -> str:
    status = pod.get("status") or {}
    said = [
        one for one in status.get("conditions") or () if one.get("status") != "True" and one.get("message")
    ]
    return f"{status.get('phase', 'unknown').lower()}" + (f" ({said[0]['message']})" if said else "")
