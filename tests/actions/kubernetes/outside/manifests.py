"""The manifests of what stands in a town. Pure."""

from pathlib import Path
from typing import Any, Final

from seatrial.testing.kube_namespace import IMAGE

PORT: Final = 8080
_HERE: Final = Path(__file__).parent
CONFIG: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "town"},
    "data": {"greeting": "welcome"},
}


def deployment(
    name: str,
    *,
    replicas: int = 1,
    image: str = IMAGE,
    program: str = "web_server.py",
    strategy: dict[str, Any] | None = None,
    pod: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Services find its pods by a label that it does not go by itself."""
    container = {
        "name": "web",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", (_HERE / program).read_text(), str(PORT)],
        "env": [
            {"name": "VERSION", "value": "1"},
            {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            {"name": "GREETING", "valueFrom": {"configMapKeyRef": {"name": "town", "key": "greeting"}}},
        ],
        "ports": [{"containerPort": PORT}],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
        "resources": {
            "requests": {"cpu": "10m", "memory": "16Mi"},
            "limits": {"cpu": "500m", "memory": "128Mi"},
        },
        "volumeMounts": [
            {"name": "config", "mountPath": "/config"},
            {"name": "disk", "mountPath": "/disk"},
            {"name": "small", "mountPath": "/small"},
        ],
    }
    volumes = [
        {"name": "config", "configMap": {"name": "town", "optional": True}},
        {"name": "disk", "emptyDir": {}},
        {"name": "small", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
    ]
    spec = {"terminationGracePeriodSeconds": 1, "containers": [container], "volumes": volumes, **(pod or {})}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "strategy": strategy or {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": {"app": name, "serves": name}}, "spec": spec},
        },
    }


def service(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "type": "NodePort",
            "selector": {"serves": name},
            "ports": [{"port": PORT, "targetPort": PORT}],
        },
    }


def entered(name: str, address: str) -> dict[str, Any]:
    """Where a service without a selector leads."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": name, "labels": {"kubernetes.io/service-name": name}},
        "addressType": "IPv4",
        "ports": [{"port": PORT, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address]}],
    }


def budget(name: str) -> dict[str, Any]:
    """One pod at a time may be evicted."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": name}}},
    }


def autoscaler(name: str) -> dict[str, Any]:
    """Two or three pods; nobody tells it of their load."""
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 2,
            "maxReplicas": 3,
            "metrics": [{"type": "Resource", "resource": cpu}],
        },
    }
