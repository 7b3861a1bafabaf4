"""policy.dns: pods that resolve no names."""

from typing import Any, ClassVar

from seatrial.api import Action, JsonValue, KubernetesTarget, Policed, Policing

_DNS = 53
_LAST = 65535


class PolicyDns(Policing, Action[KubernetesTarget, Policed]):
    """Makes a network policy that lets everything out of the target's pods but what goes to port 53: names
    are not resolved any more, all else works.

    Only for these pods; for the whole cluster hit CoreDNS' pods by `pod.delete`. Whether the cluster enforces
    network policies cannot be seen from here: `policy.isolate` can tell.
    """

    name: ClassVar[str] = "policy.dns"
    needs: ClassVar[str] = "get, create, delete, list on networkpolicies and jobs, list on pods"

    def rules(self, target: KubernetesTarget, pods: list[Any]) -> dict[str, JsonValue]:
        """All ports but one."""
        ports: list[JsonValue] = [
            {"protocol": protocol, "port": first, "endPort": last}
            for protocol in ("UDP", "TCP")
            for first, last in ((1, _DNS - 1), (_DNS + 1, _LAST))
        ]
        return {"egress": [{"ports": ports}]}
