"""What a run makes for its guardians: a Job, and what the Job owns."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from seatrial.guardian.in_cluster.task import POD_VARIABLE, Task
from seatrial.kube import marks, roles
from seatrial.kube.client import Json
from seatrial.kube.image import own_image
from seatrial.kube.objects import metadata
from seatrial.kube.ref import Ref
from seatrial.kube.restricted import RESTRICTED
from seatrial.kube.rights import Right, on, on_kind
from seatrial.plan.cluster_guard import GuardedCluster

REPLICAS: Final = 2
_NOT_READY_S: Final = 5
"""How long a guardian stays bound to a node that is gone, before another is made elsewhere."""
_USER: Final = 10001
"""The image's."""


@dataclass(frozen=True)
class Manifests:
    """The objects of one run in one cluster."""

    guarded: GuardedCluster
    run: str
    deadline_s: float
    """How long after its start the Job is ended, whatever happens."""

    @property
    def name(self) -> str:
        """That of all of them."""
        return marks.object_name(f"seatrial-{marks.of_lease(self.run)}")

    @property
    def makes_account(self) -> bool:
        """Whether the guardians are somebody new."""
        return self.guarded.settings.service_account is None

    @property
    def _rights(self) -> list[Right]:
        """The guardians'; their Lease by name, and the removal of roles that the Job cannot own."""
        where = self.guarded.namespace
        given = [right for right in self.guarded.guardian_rights if right.resource != "leases"]
        lease = [right._replace(name=self.name) for right in on_kind("Lease", where, "get", "patch")]
        return [*given, *lease, *(right for role in self._elsewhere(given) for right in on(role, "delete"))]

    def _elsewhere(self, given: Iterable[Right]) -> list[Ref]:
        """Roles in other namespaces, or in none; each takes its binding with it."""
        made = roles.manifests(given, self.name, self._account)
        return [
            Ref(
                kind=one["kind"],
                namespace=one["metadata"].get("namespace"),
                name=one["metadata"]["name"],
                uid="",
            )
            for one in made
            if one["kind"] in ("Role", "ClusterRole")
            if one["metadata"].get("namespace") != self.guarded.namespace
        ]

    @property
    def _account(self) -> dict[str, str]:
        return {"name": self.name, "namespace": self.guarded.namespace}

    @property
    def task(self) -> Task:
        """What the guardians are told."""
        own = self.makes_account
        return Task(
            namespace=self.guarded.namespace,
            lease=self.name,
            run=self.run,
            actions=self.guarded.actions,
            places=tuple(self.guarded.places),
            rights=() if own else self.guarded.guardian_rights,
            roles=tuple(self._elsewhere(self.guarded.guardian_rights)) if own else (),
        )

    def account(self, owner: Json) -> dict[str, Any]:
        """Whom the guardians are."""
        mine = {**self._owned(owner), "name": self.name}
        return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": mine}

    def roles_with_bindings(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """What they may do, by namespace."""
        made = roles.manifests(self._rights, self.name, self._account)
        return list(zip(made[::2], made[1::2], strict=True))

    def owned(self, one: dict[str, Any], owner: Json | None) -> dict[str, Any]:
        """The manifest with our marks, and whom it goes with."""
        return {**one, "metadata": {**self._owned(owner), **one["metadata"]}}

    def _owned(self, owner: Json | None) -> dict[str, Any]:
        return {**self._marked, **({"ownerReferences": [owner]} if owner else {})}

    @property
    def _marked(self) -> dict[str, Any]:
        return {"labels": {marks.OWN: marks.OWN_GUARDIAN}, "annotations": {marks.RUN_ID: self.run}}

    def job(self) -> dict[str, Any]:
        """The guardians themselves."""
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {**self._marked, "name": self.name},
            "spec": {
                "parallelism": REPLICAS,
                "completions": REPLICAS,
                "backoffLimit": 100,
                "activeDeadlineSeconds": round(self.deadline_s),
                "ttlSecondsAfterFinished": 0,
                "template": {"metadata": self._marked, "spec": self._pod()},
            },
        }

    def _pod(self) -> dict[str, Any]:
        return {
            "serviceAccountName": self.guarded.settings.service_account or self.name,
            "restartPolicy": "OnFailure",
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 5,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "tolerations": [_tolerated("not-ready"), _tolerated("unreachable")],
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "kubernetes.io/hostname",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "nodeTaintsPolicy": "Honor",
                    "labelSelector": {"matchLabels": {"batch.kubernetes.io/job-name": self.name}},
                }
            ],
            "containers": [self._container()],
        }

    def _container(self) -> dict[str, Any]:
        return {
            "name": "guardian",
            "image": own_image(self.guarded.settings.image),
            "imagePullPolicy": "IfNotPresent",
            "command": ["python", "-m", "seatrial.guardian.in_cluster"],
            "args": [self.task.model_dump_json()],
            "env": [{"name": POD_VARIABLE, "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "resources": {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"memory": "512Mi"}},
            "securityContext": RESTRICTED,
        }


def owner_of(made: Json) -> dict[str, Any]:
    """A reference to an object, for what goes with it."""
    data = metadata(made)
    return {"apiVersion": made["apiVersion"], "kind": made["kind"], "name": data["name"], "uid": data["uid"]}


def _tolerated(condition: str) -> dict[str, Any]:
    return {
        "key": f"node.kubernetes.io/{condition}",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": _NOT_READY_S,
    }
