"""policy.cut: two sets of pods that do not reach each other."""

from collections.abc import Iterable
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Direction,
    Field,
    JsonValue,
    KubernetesTarget,
    Policed,
    Policing,
    Right,
    kube_rights,
    policies,
)

_NAME = "kubernetes.io/metadata.name"


class PolicyCut(Policing, Action[KubernetesTarget, Policed]):
    """Makes a network policy that lets everything through to and from the target's pods but what concerns
    `peers`: a partition between two parts of an application.

    Peers that come later may get through where the cluster's network knows them by their address. Whether the
    cluster enforces network policies cannot be seen from here: `policy.isolate` can tell.
    """

    name: ClassVar[str] = "policy.cut"
    needs: ClassVar[str] = "get, create, delete, list on networkpolicies and jobs, list on pods"

    peers: dict[str, str] = Field(min_length=1, max_length=8)
    """The other pods, by their labels: `{app: catalog}`."""
    namespace: str | None = None
    """Where they are; without it in the target's own namespace."""
    direction: Direction = "both"
    """What is cut: `ingress`, what comes from the peers; `egress`, what goes to them; or `both`."""

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To see the peers as well."""
        yield from super().rights(target)
        yield from kube_rights.on_kind("Pod", self._their_namespace(target), "list")

    def rules(self, target: KubernetesTarget, pods: list[Any]) -> dict[str, JsonValue]:
        """All but the peers, by labels and by addresses: networks differ in what they know of pods."""
        theirs = self._their_namespace(target)
        now = policies.addresses_of(policies.labelled(target.access, theirs, self.peers))
        others: list[JsonValue] = [*self._other_pods(theirs), *policies.all_but(now, pods)]
        return {way.lower(): [{"from" if way == "Ingress" else "to": others}] for way in self.ways}

    def _other_pods(self, theirs: str) -> Iterable[JsonValue]:
        there: JsonValue = {"matchLabels": {_NAME: theirs}}
        for key, value in self.peers.items():
            differs: JsonValue = {"matchExpressions": [{"key": key, "operator": "NotIn", "values": [value]}]}
            yield {"namespaceSelector": there, "podSelector": differs}
        elsewhere: JsonValue = {"key": _NAME, "operator": "NotIn", "values": [theirs]}
        yield {"namespaceSelector": {"matchExpressions": [elsewhere]}}

    def _their_namespace(self, target: KubernetesTarget) -> str:
        return self.namespace or target.object.namespace or target.object.name
