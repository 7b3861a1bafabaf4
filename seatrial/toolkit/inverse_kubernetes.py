"""What chaosk8s' actions change, as it is now: the looks of the table of inverses.

Each answers `{item: value}` and changes nothing. Their arguments are those of the driver, `secrets` too.
"""

from typing import Any, Final

Secrets = dict[str, Any] | None

_KINDS: Final = {
    "DaemonSet": ("AppsV1Api", "read_namespaced_daemon_set"),
    "Deployment": ("AppsV1Api", "read_namespaced_deployment"),
    "Ingress": ("NetworkingV1Api", "read_namespaced_ingress"),
    "Namespace": ("CoreV1Api", "read_namespace"),
    "NetworkPolicy": ("NetworkingV1Api", "read_namespaced_network_policy"),
    "Secret": ("CoreV1Api", "read_namespaced_secret"),
    "Service": ("CoreV1Api", "read_namespaced_service"),
    "StatefulSet": ("AppsV1Api", "read_namespaced_stateful_set"),
}
"""By kind, the client and its method that read one object."""


def replicas(kind: str, name: str, ns: str = "default", secrets: Secrets = None) -> dict[str, Any]:
    """How many replicas a Deployment or StatefulSet shall have; None where it is not there."""
    found = _read(kind, name, ns, secrets)
    return {name: None if found is None else found.spec.replicas}


def present(kind: str, name: str, ns: str = "default", secrets: Secrets = None) -> dict[str, Any]:
    """Whether an object is there."""
    return {name: _read(kind, name, ns, secrets) is not None}


def cordoned(
    name: str | None = None,
    label_selector: str | None = None,
    pod_label_selector: str | None = None,
    pod_namespace: str | None = None,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Whether nodes, chosen as the driver chooses them, are cordoned."""
    api = _api("CoreV1Api", secrets)
    chosen = {"field_selector": f"metadata.name={name}"} if name else {}
    if label_selector:
        chosen["label_selector"] = label_selector
    nodes = {node.metadata.name: bool(node.spec.unschedulable) for node in api.list_node(**chosen).items}
    if pod_label_selector and pod_namespace:
        pods = api.list_namespaced_pod(pod_namespace, label_selector=pod_label_selector).items
        homes = {pod.spec.node_name for pod in pods}
        nodes = {node: value for node, value in nodes.items() if node in homes}
    return nodes


def custom_present(  # noqa: PLR0917  the driver's own parameters; the table names them
    group: str, version: str, plural: str, name: str, ns: str = "default", secrets: Secrets = None
) -> dict[str, Any]:
    """Whether a custom object is there."""
    api = _api("CustomObjectsApi", secrets)
    return {name: _found(api.get_namespaced_custom_object, group, version, ns, plural, name) is not None}


def cluster_custom_present(
    group: str, version: str, plural: str, name: str, secrets: Secrets = None
) -> dict[str, Any]:
    """Whether a custom object of the whole cluster is there."""
    api = _api("CustomObjectsApi", secrets)
    return {name: _found(api.get_cluster_custom_object, group, version, plural, name) is not None}


def _api(name: str, secrets: Secrets) -> Any:
    """A part of the API, with the very client that the driver would use."""
    from chaosk8s import create_k8s_api_client
    from kubernetes import client

    return getattr(client, name)(create_k8s_api_client(secrets))


def _read(kind: str, name: str, ns: str, secrets: Secrets) -> Any:
    api, method = _KINDS[kind]
    where = (name,) if kind == "Namespace" else (name, ns)
    return _found(getattr(_api(api, secrets), method), *where)


def _found(read: Any, *where: str) -> Any:
    """What is read; None where there is no such thing."""
    from kubernetes.client.exceptions import ApiException

    try:
        return read(*where)
    except ApiException as error:
        if error.status == 404:
            return None
        raise
