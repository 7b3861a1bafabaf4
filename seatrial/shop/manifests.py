"""The shop in a Kubernetes namespace: a front and its replicas, as Deployments behind Services. Pure."""

from typing import Any, Final

FRONT: Final = "shop-front"
REPLICA: Final = "shop-replica"
PORT: Final = 8080
_UID: Final = 10001

Manifest = dict[str, Any]


def manifests(image: str, *, replicas: int = 3, fragile: bool = False) -> list[Manifest]:
    """All objects, in the order in which they are to be made; they run under restricted pod security."""
    common = ("--shop", "kubernetes", "--port", str(PORT), "--seed", "1", "--bind", "0.0.0.0")
    replica = (REPLICA, *common, "--index", "0", "--service-ms", "5")
    front = (FRONT, *common, "--upstreams", f"{REPLICA}:{PORT}", *(["--fragile"] if fragile else []))
    return [
        _service(REPLICA),
        _deployment(REPLICA, image, replica, replicas),
        _budget(REPLICA, replicas - 1),
        _service(FRONT, node_port=True),
        _deployment(FRONT, image, front, 2),
    ]


def _deployment(name: str, image: str, arguments: tuple[str, ...], replicas: int) -> Manifest:
    labels = {"app": name, "app.kubernetes.io/part-of": "seatrial-shop"}
    container = {
        "name": "shop",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-P", "-m", "seatrial.shop", *arguments],
        "ports": [{"containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": PORT}, "periodSeconds": 1},
        "resources": {
            "requests": {"cpu": "20m", "memory": "32Mi"},
            "limits": {"cpu": "1", "memory": "128Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        # Whoever still has its address gets its answers while the cluster spreads that it is leaving.
        "lifecycle": {"preStop": {"sleep": {"seconds": 2}}},
    }
    pod = {
        "terminationGracePeriodSeconds": 5,
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _UID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app": name}},
            }
        ],
        "containers": [container],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _service(name: str, *, node_port: bool = False) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "type": "NodePort" if node_port else "ClusterIP",
            "selector": {"app": name},
            "ports": [{"name": "http", "port": PORT, "targetPort": PORT}],
        },
    }


def _budget(name: str, at_least: int) -> Manifest:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"minAvailable": at_least, "selector": {"matchLabels": {"app": name}}},
    }
