"""How far a plan reaches in a cluster: the pods it hits, and what workloads, services, budgets have left.

Pure: what was read of the cluster stands in it, so that reports compare it with what was hit in the end.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from seatrial.model.base import Model

Span = tuple[str, float, float]
"""A target's id, and from when to when it had a fault on it."""


class PodGroup(Model):
    """Pods that stand in for one another: those of a workload, behind a service, or under a budget."""

    kind: Literal["workload", "service", "budget"]
    name: str
    """`deployment shop/web`."""
    ready: int
    """How many were ready when the plan was made."""
    members: tuple[str, ...]
    """Those of them that the plan hits; under a budget, that it takes away."""
    at_once: int
    """As many of these as are hit at one moment at the most."""
    allowed: int
    """So many may be hit at once."""

    def refusal(self) -> str | None:
        """Why so many are too many, or None."""
        if self.at_once <= self.allowed:
            return None
        if self.kind == "budget":
            return (
                f"{self.name} lets {self.allowed} of its pods go, but {self.at_once} would: "
                "hit fewer, or wait until more are ready"
            )
        left, keep = self.ready - self.at_once, self.ready - self.allowed
        return f"{self.name} would have {left} of {self.ready} pods ready, but keep_ready is {keep}"


class PodReach(Model):
    """All pods that a plan hits, by namespace and name."""

    by_target: dict[str, tuple[str, ...]]
    """By the target's id in the plan."""
    taken: tuple[str, ...]
    """The targets whose pods go away, or are not ready any more: budgets are about those."""
    at_once: int
    groups: tuple[PodGroup, ...]

    def most(self, spans: Iterable[Span], group: PodGroup | None = None) -> int:
        """The most different pods that were hit at one moment, all or those of a group."""
        within = None if group is None else frozenset(group.members)
        taken = frozenset(self.taken) if group is not None and group.kind == "budget" else None
        counted = [span for span in spans if taken is None or span[0] in taken]
        return most_at_once(self.by_target, counted, within)


def most_at_once(
    by_target: Mapping[str, Collection[str]], spans: Iterable[Span], within: Collection[str] | None
) -> int:
    """The most different pods under some target's span at one moment; one that ends then has gone."""
    events = sorted(
        (moment, step, pod)
        for target, begin, end in spans
        for pod in by_target.get(target, ())
        if within is None or pod in within
        for moment, step in ((begin, 1), (end, -1))
    )
    on: dict[str, int] = {}
    now = most = 0
    for _, step, pod in events:
        before = on.get(pod, 0)
        on[pod] = before + step
        now += (on[pod] > 0) - (before > 0)
        most = max(most, now)
    return most
