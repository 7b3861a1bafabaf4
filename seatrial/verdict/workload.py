"""Whether a workload of a cluster came back: an observation, as it was last seen."""

from collections.abc import Iterator, Mapping

from seatrial.journal.entries import Phase
from seatrial.journal.workload_back import WorkloadBack
from seatrial.model.units import format_duration
from seatrial.verdict.decision import Decision
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import ObjectiveVerdict


def workload_verdicts(workloads: Mapping[str, WorkloadBack], within_s: float) -> Iterator[ObjectiveVerdict]:
    """One for each workload that a fault has touched; `within_s`: the plan's time for recovery."""
    for label, one in workloads.items():
        yield ObjectiveVerdict(
            sli=label,
            phase=Phase.RECOVERY,
            objective=f"{one.before} ready, as before",
            decision=_decision(one, format_duration(within_s)),
        )


def _decision(one: WorkloadBack, within: str) -> Decision:
    if one.after_s is not None:
        after = format_duration(one.after_s)
        return _said(Status.HELD, f"{one.ready} of {one.desired} pods ready {after} after undo", one.after_s)
    if one.unseen:
        return _said(Status.UNKNOWN, f"whether it was back within {within} was not seen: {one.unseen}")
    if not one.desired and one.before:
        return _said(Status.DEVIATED, f"it is gone, or wants no pods any more, {within} after undo")
    seen = f"{one.ready} of {one.desired} pods ready"
    still = "" if one.ready < min(one.before, one.desired) else ", and its rollout not through,"
    return _said(Status.DEVIATED, f"{seen}{still} {within} after undo")


def _said(status: Status, reason: str, after_s: float | None = None) -> Decision:
    return Decision(status=status, value=after_s, samples=1, rule="workload", reason=reason)
