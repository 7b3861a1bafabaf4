"""How far a plan reaches in a cluster: the pods it hits, and what workloads, services, budgets have left.

Pure: what was read of the cluster stands in it, so that reports compare it with what was hit in the end.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from seatrial.kube.access import Access
from seatrial.kube.ref import Ref
from seatrial.model.record import Record

Span = tuple[str, float, float]
"""The id of a target, or the name of a pod, and from when to when it had a fault on it."""


class Workload(Record):
    """One workload, and how it does before anything is touched."""

    access: Access
    object: Ref
    ready: int
    rolled_out: bool
    """Whether `kubectl rollout status` would have had nothing to wait for."""


class PodGroup(Record):
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


class PodReach(Record):
    """All pods that a plan hits, by namespace and name."""

    by_target: dict[str, tuple[str, ...]]
    """By the target's id in the plan."""
    taken: tuple[str, ...]
    """The targets whose pods go away, or are not ready any more: budgets are about those."""
    at_once: int
    groups: tuple[PodGroup, ...]

    def most(self, spans: Iterable[Span]) -> int:
        """The most different pods that were hit at one moment."""
        return most_at_once(hit for hits in self._hits(spans).values() for hit in hits)

    def most_of_each(self, spans: Iterable[Span], groups: Iterable[PodGroup]) -> list[int]:
        """The same for the pods of each group; of a budget only those that go."""
        whoever, taken = list(spans), frozenset(self.taken)
        all_hits = self._hits(whoever)
        taken_hits = self._hits(span for span in whoever if span[0] in taken)
        found = []
        for group in groups:
            hits = taken_hits if group.kind == "budget" else all_hits
            found.append(most_at_once(hit for pod in group.members for hit in hits.get(pod, ())))
        return found

    def _hits(self, spans: Iterable[Span]) -> Mapping[str, list[Span]]:
        """By pod, from when to when it was hit."""
        hits: dict[str, list[Span]] = {}
        for target, begin, end in spans:
            for pod in self.by_target.get(target, ()):
                hits.setdefault(pod, []).append((pod, begin, end))
        return hits


class Reached(NamedTuple):
    """What a plan reaches in clusters."""

    pods: PodReach | None = None
    """None where it hits none."""
    workloads: tuple[Workload, ...] = ()
    refusals: tuple[str, ...] = ()
    """Every reason against it."""


def most_at_once(hits: Iterable[Span]) -> int:
    """The most different things that were hit at one moment; one of which the time ends then has gone."""
    events = sorted(
        (moment, step, one) for one, begin, end in hits for moment, step in ((begin, 1), (end, -1))
    )
    on: dict[str, int] = {}
    now = most = 0
    for _, step, one in events:
        before = on.get(one, 0)
        on[one] = before + step
        now += (on[one] > 0) - (before > 0)
        most = max(most, now)
    return most
