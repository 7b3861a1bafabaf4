"""The kinds of objects that Seatrial knows, and where the API keeps them."""

from typing import Final, NamedTuple


class Kind(NamedTuple):
    """One kind of object."""

    name: str
    """As in a manifest: `Deployment`."""
    api_version: str
    """`apps/v1`."""
    plural: str
    """As in paths and in roles: `deployments`."""
    namespaced: bool = True

    @property
    def group(self) -> str:
        """As in roles: `apps`; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def collection(self, namespace: str | None = None) -> str:
        """The path of all of them, or of those of one namespace."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        within = f"/namespaces/{namespace}" if self.namespaced and namespace is not None else ""
        return f"{root}{within}/{self.plural}"

    def path(self, namespace: str | None, name: str) -> str:
        """The path of one of them."""
        return f"{self.collection(namespace)}/{name}"


_ALL: Final = (
    Kind("Pod", "v1", "pods"),
    Kind("Service", "v1", "services"),
    Kind("ConfigMap", "v1", "configmaps"),
    Kind("Secret", "v1", "secrets"),
    Kind("ResourceQuota", "v1", "resourcequotas"),
    Kind("ServiceAccount", "v1", "serviceaccounts"),
    Kind("Event", "v1", "events"),
    Kind("Node", "v1", "nodes", namespaced=False),
    Kind("Namespace", "v1", "namespaces", namespaced=False),
    Kind("Deployment", "apps/v1", "deployments"),
    Kind("StatefulSet", "apps/v1", "statefulsets"),
    Kind("DaemonSet", "apps/v1", "daemonsets"),
    Kind("ReplicaSet", "apps/v1", "replicasets"),
    Kind("Job", "batch/v1", "jobs"),
    Kind("CronJob", "batch/v1", "cronjobs"),
    Kind("HorizontalPodAutoscaler", "autoscaling/v2", "horizontalpodautoscalers"),
    Kind("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets"),
    Kind("NetworkPolicy", "networking.k8s.io/v1", "networkpolicies"),
    Kind("EndpointSlice", "discovery.k8s.io/v1", "endpointslices"),
    Kind("Lease", "coordination.k8s.io/v1", "leases"),
    Kind("Role", "rbac.authorization.k8s.io/v1", "roles"),
    Kind("RoleBinding", "rbac.authorization.k8s.io/v1", "rolebindings"),
    Kind("ClusterRole", "rbac.authorization.k8s.io/v1", "clusterroles", namespaced=False),
    Kind("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", "clusterrolebindings", namespaced=False),
)
KINDS: Final = {kind.name: kind for kind in _ALL}
"""By name."""
WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job")
"""Kinds that make pods."""
