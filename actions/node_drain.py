"""node.drain: a node that takes no pods any more, and loses those that it has."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from seatrial.api import (
    Action,
    Drained,
    Duration,
    Edit,
    Fate,
    Field,
    KubernetesTarget,
    Lease,
    Patching,
    Right,
    draining,
    kube_asking,
    kube_rights,
)


class NodeDrain(Patching, Action[KubernetesTarget, Drained]):
    """Cordons a node and evicts its pods, as `kubectl drain` does: their disruption budgets are respected.

    Pods of DaemonSets and static ones stay, and so do those of the cluster's own namespaces where they are
    not named. With `together: zone` and `stages: [100%]` it is the loss of a zone. The pods do not move back
    afterwards.
    """

    name: ClassVar[str] = "node.drain"
    hits: ClassVar[tuple[str, ...]] = ("Node",)
    pods_are: ClassVar[Fate] = "drained"
    needs: ClassVar[str] = "get, patch on nodes, get, list on pods, create on pods/eviction"
    undo_in_words: ClassVar[str] = (
        "Take the cordon away; the pods stay where their owners have made them anew."
    )

    namespaces: tuple[str, ...] = ()
    """Whose pods go: `[shop, kube-system]`; without it those of every namespace but the cluster's own."""
    empty_dirs: bool = False
    """Whether pods go that keep something in an emptyDir, which is lost; else such a node is refused."""
    jobs: bool = False
    """Whether pods of Jobs go, which may give up over it; else such a node is refused."""
    grace: Duration | None = Field(default=None, ge=1, le=3600)
    """How long the pods' processes may take to end; without it what each pod says."""
    within: Duration = Field(default=60.0, ge=1, le=1800)
    """How long the pods may take to be gone; where they are not, the run is inconclusive."""

    @property
    def timeout_s(self) -> float:
        """Evictions wait for budgets and for processes that end."""
        return self.within + super().timeout_s

    @property
    def _emptying(self) -> draining.Emptying:
        return draining.Emptying(self.namespaces, self.empty_dirs, self.jobs)

    def rights(self, target: KubernetesTarget) -> Iterable[Right]:
        """To see and evict pods as well."""
        yield from super().rights(target)
        yield from kube_rights.on_kind("Pod", None, "list")
        for namespace in self.namespaces or (None,):
            yield from kube_rights.on_kind("Pod", namespace, "get")
            yield from kube_rights.on_kind("Pod", namespace, "create", subresource="eviction")

    def refusal(self, target: KubernetesTarget) -> str | None:
        """Where something would be lost that nobody brings back."""
        if (why := super().refusal(target)) is not None:
            return why
        with kube_asking():
            return self._emptying.why_not(self._going(target))

    def pods_hit(self, target: KubernetesTarget, pods: Sequence[Any]) -> Iterable[Any]:
        """Those that would be evicted."""
        return filter(self._emptying.goes, pods)

    def _going(self, target: KubernetesTarget) -> list[Any]:
        return list(self.pods_hit(target, draining.pods_on(target.access, target.object.name)))

    def edits(self, found: Any, target: KubernetesTarget, lease: Lease) -> Iterable[Edit]:
        """The cordon; the cluster itself adds a taint to it, and takes that away again."""
        yield Edit(("spec", "unschedulable"), value=True)

    def prepare(self, target: KubernetesTarget, lease: Lease) -> Drained:
        """The cordon's, and which pods are there now."""
        cordon = super().prepare(target, lease)
        with kube_asking():
            return Drained(**dict(cordon), pods=tuple(map(draining.as_ref, self._going(target))))

    def apply(self, target: KubernetesTarget, state: Any) -> None:
        """Nothing new comes, then all go."""
        super().apply(target, state)
        with kube_asking():
            draining.evict_all(target.access, state.pods, self.grace, self.within)

    def has_effect(self, target: KubernetesTarget, state: Any) -> bool | None:
        """Cordoned, and all of them gone."""
        with kube_asking():
            return super().has_effect(target, state) and draining.are_gone(target.access, state.pods)
