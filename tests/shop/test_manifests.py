"""The shop's objects on Kubernetes are of one piece, and run under restricted pod security."""

from seatrial.shop.manifests import FRONT, REPLICA, manifests

IMAGE = "seatrial:test"


def test_services_find_their_pods_and_the_front_its_replicas() -> None:
    made = {(one["kind"], one["metadata"]["name"]): one for one in manifests(IMAGE)}
    for name in (FRONT, REPLICA):
        pod = made["Deployment", name]["spec"]["template"]
        assert made["Service", name]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        port = made["Service", name]["spec"]["ports"][0]["targetPort"]
        assert pod["spec"]["containers"][0]["readinessProbe"]["httpGet"]["port"] == port
    command = made["Deployment", FRONT]["spec"]["template"]["spec"]["containers"][0]["command"]
    assert f"{REPLICA}:8080" in command
    assert made["PodDisruptionBudget", REPLICA]["spec"]["minAvailable"] == 2


def test_pods_are_restricted() -> None:
    for one in manifests(IMAGE):
        if one["kind"] != "Deployment":
            continue
        pod = one["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_only_a_fragile_front_is_fragile() -> None:
    assert not any("--fragile" in str(one) for one in manifests(IMAGE))
    assert sum("--fragile" in str(one) for one in manifests(IMAGE, fragile=True)) == 1
