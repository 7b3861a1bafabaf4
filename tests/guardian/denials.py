"""Ways in which a real API denies the guardians of one namespace what they ask for, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from seatrial.kube.kinds import KINDS
from seatrial.testing.kube_namespace import KubeNamespace

_HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


@contextmanager
def forbidden(namespace: KubeNamespace) -> Iterator[None]:
    """403: their role is emptied, but for their Lease."""
    (role,) = [one for one in namespace.all("Role") if one["metadata"]["name"].startswith("seatrial-2")]
    path = KINDS["Role"].path(namespace.name, role["metadata"]["name"])
    lease_only = [rule for rule in role["rules"] if rule["resources"] == ["leases"]]
    namespace.cluster.patch(path, [{"op": "replace", "path": "/rules", "value": lease_only}])
    yield
    namespace.cluster.patch(path, [{"op": "replace", "path": "/rules", "value": role["rules"]}])


@contextmanager
def internal_error(namespace: KubeNamespace) -> Iterator[None]:
    """500 to each of their writes: a webhook that must be asked, and does not answer."""
    everything = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]}
    theirs = f"request.userInfo.username.startsWith('system:serviceaccount:{namespace.name}:')"
    hook = {
        "name": "nobody.seatrial.io",
        "clientConfig": {"url": "https://127.0.0.1:9/"},
        "failurePolicy": "Fail",
        "timeoutSeconds": 1,
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace.name}},
        "matchConditions": [{"name": "theirs", "expression": theirs}],
        "rules": [everything],
    }
    version, _, _ = _HOOKS.removeprefix("/apis/").rpartition("/")
    data = {"apiVersion": version, "kind": "ValidatingWebhookConfiguration", "webhooks": [hook]}
    namespace.cluster.create(_HOOKS, {**data, "metadata": {"name": namespace.name}})
    try:
        yield
    finally:
        namespace.cluster.delete(f"{_HOOKS}/{namespace.name}")
