"""The blast radius: what was planned to be hit, what was hit, and what was allowed."""

from collections.abc import Callable, Iterator

import msgspec

from seatrial.model.units import format_duration, format_share
from seatrial.plan.reach import PodReach, Span
from seatrial.record import RunRecord
from seatrial.view.faults import FaultView, faults_of


class BlastLine(msgspec.Struct, frozen=True):
    """One measure of the blast radius."""

    what: str
    planned: str
    actual: str
    allowed: str
    is_within: bool


def blast_of(record: RunRecord) -> list[BlastLine]:
    """Planned, actual and allowed; empty where nothing was to be hit."""
    plan, faults = record.plan.blast, faults_of(record)
    if plan is None:
        return []
    exposed_s = _exposed_s(faults)
    spans = [
        (target.course.planned.id, *span)
        for fault in faults
        for target in fault.hit
        if (span := target.held_s) is not None
    ]
    return [
        _line("Targets with a fault at once", plan.targets, _most_at_once(faults), plan.max_targets, _count),
        _line("Share of the population", plan.share, _share_hit(faults), plan.max_share, format_share),
        _line(
            "First injection to last undo", plan.duration_s, exposed_s, plan.max_duration_s, format_duration
        ),
        *(_lines_of_pods(record.plan.pods, spans) if record.plan.pods is not None else ()),
    ]


def _lines_of_pods(reach: PodReach, spans: list[Span]) -> Iterator[BlastLine]:
    most = reach.most(spans)
    yield BlastLine("Pods hit at once", _count(reach.at_once), _count(most), "-", most <= reach.at_once)
    for group, hit in zip(reach.groups, reach.most_of_each(spans, reach.groups), strict=True):
        yield _line(f"{group.name}, of {group.ready} ready", group.at_once, hit, group.allowed, _count)


def _line(
    what: str, planned: float, actual: float, allowed: float, write: Callable[[float], str]
) -> BlastLine:
    return BlastLine(what, write(planned), write(actual), write(allowed), actual <= allowed + 1e-9)


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _most_at_once(faults: tuple[FaultView, ...]) -> int:
    """Different targets, however many faults each had."""
    changes = sorted(
        (t_s, step, target.course.planned.target.identity)
        for fault in faults
        for target in fault.hit
        if (span := target.held_s) is not None
        for t_s, step in ((span[0], 1), (span[1], -1))
    )
    on: dict[str, int] = {}
    now = most = 0
    for _, step, identity in changes:
        before = on.get(identity, 0)
        on[identity] = before + step
        now += (on[identity] > 0) - (before > 0)
        most = max(most, now)
    return most


def _share_hit(faults: tuple[FaultView, ...]) -> float:
    return max((len(f.hit) / f.plan.population for f in faults if f.plan.population), default=0.0)


def _exposed_s(faults: tuple[FaultView, ...]) -> float:
    spans = [span for fault in faults if (span := fault.held_s) is not None]
    return max((e for _, e in spans), default=0.0) - min((b for b, _ in spans), default=0.0)
