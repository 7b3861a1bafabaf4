"""Faults that are network policies: who they are for, whether they can work, and whether they do.

A policy only ever lets through: pods that none selects may talk to everybody, and what one of several allows
is allowed. So one that cuts off works only where no other opens the same way; and one that lets everything
through but the victim would open what others close. Both are refused.
"""

import ipaddress
import socket
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, Literal

from pydantic import JsonValue

from seatrial.action import Fate, Lease
from seatrial.errors import Fatal
from seatrial.kube import rights
from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.cluster import cluster_at
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import is_finished, is_ready, label_query, labels, metadata, selects
from seatrial.kube.rights import Right
from seatrial.kubefaults.acting import asking, present
from seatrial.kubefaults.creating import Created, Creating, namespace_of
from seatrial.targets.target import KubernetesTarget

Direction = Literal["both", "ingress", "egress"]
_LOOKED_AT: Final = 3
"""Of how many pods it is looked at whether they can be reached."""
_CONNECT_S: Final = 0.5
_IPV4: Final = 4


class Policed(Created):
    """What is made, and what of the pods could be reached from here before."""

    open: tuple[tuple[str, int], ...] = ()
    """Address and port."""


class Policing(Creating):
    """The four verbs of a fault that is a network policy. Implement `rules`; `direction` where it has one."""

    hits: ClassVar[tuple[str, ...]] = (
        *("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
        *("Service", "Pod", "Namespace"),
    )
    makes: ClassVar[str] = "NetworkPolicy"
    pods_are: ClassVar[Fate] = "cut off"
    lets_through: ClassVar[bool] = True
    """Whether its rules allow anything at all."""

    @property
    def effect_within_s(self) -> float:
        """The cluster's network learns of a policy in its own time."""
        return 5.0

    @property
    def ways(self) -> tuple[str, ...]:
        """Which of `Ingress` and `Egress` are cut."""
        wanted = getattr(self, "direction", "egress")
        return ("Ingress", "Egress") if wanted == "both" else (wanted.capitalize(),)

    def rules(self, target: KubernetesTarget, pods: list[Json]) -> dict[str, JsonValue]:
        """`ingress` and `egress` of the policy for these pods; what is left out lets nothing through."""
        raise NotImplementedError

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To see other policies, and the pods, as well."""
        yield from super().rights(target)
        for kind in ("NetworkPolicy", "Pod"):
            yield from rights.on_kind(kind, namespace_of(target), "list")

    def changes(self, target: KubernetesTarget) -> list[str]:
        """Of two policies on the same pods each would let through what the other cuts."""
        return [f"what network policies let through to the {target.object.label}"]

    def refusal(self, target: KubernetesTarget) -> str | None:
        """Where other policies are in its way."""
        if (why := super().refusal(target)) is not None:
            return why
        with asking():
            found = present(target.access, target.object)
            if found is None:
                return None
            return self._why_not(target, pods_of(target, selector_of(target, found)))

    def _why_not(self, target: KubernetesTarget, pods: list[Json]) -> str | None:
        if target.object.kind == "Pod" and len(pods) > 1:
            return f"{len(pods) - 1} more pods have its labels, and a policy goes by labels: hit their owner"
        for policy in cluster_at(target.access).list_all(KINDS[self.makes].collection(namespace_of(target))):
            if way := self._is_crossed(policy, pods):
                name = f"{namespace_of(target)}/{metadata(policy)['name']}"
                if self.lets_through:
                    return f"NetworkPolicy {name} rules their {way}: this one would open what that closes"
                return f"NetworkPolicy {name} allows {way}, and what one policy allows no other can cut"
        return None

    def _is_crossed(self, policy: Json, pods: Iterable[Json]) -> str:
        """The way in which another policy for the same pods makes this one useless, or harmful."""
        spec = policy["spec"]
        if not any(selects(spec.get("podSelector") or {}, labels(pod)) for pod in pods):
            return ""
        for way in self.ways:
            rules = spec.get(way.lower())
            if way in (spec.get("policyTypes") or ()) and (rules or self.lets_through):
                return way.lower()
        return ""

    def spec(self, target: KubernetesTarget, found: Json) -> dict[str, JsonValue]:
        """The policy for the pods of the target."""
        selector = selector_of(target, found)
        pods = pods_of(target, selector)
        if (why := self._why_not(target, pods)) is not None:
            raise Fatal(f"{target.object.label}: {why}")
        return {"podSelector": dict(selector), "policyTypes": list(self.ways), **self.rules(target, pods)}

    def prepare(self, target: KubernetesTarget, lease: Lease) -> Policed:
        """As for all that is made; and try what can be reached from here, to see the difference."""
        made = super().prepare(target, lease)
        can_be_seen = "Ingress" in self.ways and not self.lets_through
        with asking():
            reached = _reached(target, made) if can_be_seen else ()
        return Policed(**dict(made), open=tuple(reached))

    def has_effect(self, target: KubernetesTarget, state: Created) -> bool | None:
        """Whether nothing gets through any more; None where that cannot be seen from here."""
        assert isinstance(state, Policed)
        if not super().has_effect(target, state):
            return False
        return not any(map(_connects, state.open)) if state.open else None


def selector_of(target: KubernetesTarget, found: Json) -> Mapping[str, Any]:
    """A LabelSelector for the pods of a target; raises Fatal where it has none."""
    spec = found.get("spec") or {}
    match target.object.kind:
        case "Namespace":
            return {}
        case "Pod":
            return {"matchLabels": dict(labels(found))}
        case "Service":
            if spec.get("selector"):
                return {"matchLabels": spec["selector"]}
            raise Fatal(f"{target.object.label} selects no pods")
    selector: Mapping[str, Any] = spec["selector"]
    return selector


def pods_of(target: KubernetesTarget, selector: Mapping[str, Any]) -> list[Json]:
    """Those that the selector means and that have not finished."""
    path = KINDS["Pod"].collection(namespace_of(target))
    found = cluster_at(target.access).list_all(path, labelSelector=label_query(selector))
    return [pod for pod in found if not is_finished(pod)]


def labelled(access: Access, namespace: str, wanted: Mapping[str, str]) -> list[Json]:
    """The pods with these labels."""
    path = KINDS["Pod"].collection(namespace)
    return cluster_at(access).list_all(path, labelSelector=label_query({"matchLabels": wanted}))


def all_but(networks: Iterable[str], pods: Iterable[Json]) -> list[JsonValue]:
    """Peers that are everybody but these networks or addresses, in the IP versions that the pods have."""
    cut = [ipaddress.ip_network(one) for one in networks]
    versions = {ipaddress.ip_address(ip).version for ip in addresses_of(pods)}
    found: list[JsonValue] = []
    for version in sorted(versions):
        everybody = ipaddress.ip_network("0.0.0.0/0" if version == _IPV4 else "::/0")
        theirs: list[JsonValue] = [str(one) for one in cut if one.version == version]
        if str(everybody) not in theirs:
            found.append({"ipBlock": {"cidr": str(everybody), "except": theirs}})
    return found


def addresses_of(pods: Iterable[Json]) -> list[str]:
    """The IPs that pods have now."""
    return [one["ip"] for pod in pods for one in (pod.get("status") or {}).get("podIPs") or ()]


def _reached(target: KubernetesTarget, made: Created) -> Iterable[tuple[str, int]]:
    selector: Any = made.spec["podSelector"]
    ready = [pod for pod in pods_of(target, selector) if is_ready(pod)]
    for pod in ready[:_LOOKED_AT]:
        status = pod["status"]
        for port in _ports(pod):
            if _connects((status["podIP"], port), not_from=status.get("hostIP")):
                yield status["podIP"], port
                break


def _ports(pod: Json) -> list[int]:
    """Of TCP, as its containers and their probes name them."""
    found: dict[int, None] = {}
    for container in pod["spec"]["containers"]:
        named = {one.get("name"): one["containerPort"] for one in container.get("ports") or ()}
        tcp = [one for one in container.get("ports") or () if one.get("protocol", "TCP") == "TCP"]
        found.update(dict.fromkeys(one["containerPort"] for one in tcp))
        for probe in ("readinessProbe", "livenessProbe"):
            for kind in ("tcpSocket", "httpGet"):
                port = ((container.get(probe) or {}).get(kind) or {}).get("port")
                port = named.get(port, port)
                found.update({port: None} if isinstance(port, int) else {})
    return list(found)


def _connects(address: tuple[str, int], not_from: str | None = None) -> bool:
    """Whether somebody answers; `not_from`: an own address for which it says nothing, the pod's own node."""
    try:
        with socket.create_connection(address, timeout=_CONNECT_S) as connection:
            return bool(connection.getsockname()[0] != not_from)
    except OSError:
        return False
