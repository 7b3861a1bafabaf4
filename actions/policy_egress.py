"""policy.egress: pods that do not reach some addresses outside."""

import ipaddress
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from seatrial.api import Action, Field, JsonValue, KubernetesTarget, Policed, Policing, policies


def _is_network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise ValueError(
            f"{text!r} is no network: write it as `203.0.113.0/24`, an address as `203.0.113.7/32`"
        ) from None


class PolicyEgress(Policing, Action[KubernetesTarget, Policed]):
    """Makes a network policy that lets everything out of the target's pods but what goes to some networks: a
    service outside the cluster that cannot be reached.

    Pods are no addresses to many a cluster's network: between pods use `policy.cut`. Whether the cluster
    enforces network policies cannot be seen from here: `policy.isolate` can tell.
    """

    name: ClassVar[str] = "policy.egress"
    needs: ClassVar[str] = "get, create, delete, list on networkpolicies and jobs, list on pods"

    networks: tuple[Annotated[str, AfterValidator(_is_network)], ...] = Field(min_length=1, max_length=200)
    """What is not reached, as CIDR: `[203.0.113.0/24]`."""

    def rules(self, target: KubernetesTarget, pods: list[Any]) -> dict[str, JsonValue]:
        """All pods, and all addresses but those."""
        return {"egress": [{"to": [{"namespaceSelector": {}}, *policies.all_but(self.networks, pods)]}]}
