"""policy.isolate: pods that nobody reaches, and that reach nobody."""

from typing import Any, ClassVar

from seatrial.api import Action, Direction, JsonValue, KubernetesTarget, Policed, Policing


class PolicyIsolate(Policing, Action[KubernetesTarget, Policed]):
    """Makes a network policy that lets nothing through to the target's pods, from them, or both.

    Pods that come later are cut off as well; a pod's own node still reaches it. Connections that are open
    already may stay, which depends on the cluster's network. It works only where the cluster enforces network
    policies, which is looked at: one that changes nothing makes the run inconclusive.
    """

    name: ClassVar[str] = "policy.isolate"
    needs: ClassVar[str] = "get, create, delete, list on networkpolicies and jobs, list on pods"
    lets_through: ClassVar[bool] = False

    direction: Direction = "both"
    """What is cut: `ingress`, what comes in; `egress`, what goes out; or `both`."""

    def rules(self, target: KubernetesTarget, pods: list[Any]) -> dict[str, JsonValue]:
        """None at all."""
        return {}
