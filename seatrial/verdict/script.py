"""What a Chaos Toolkit run shows: its hypothesis, checked before, during and after the method.

Every check counts, also one in the middle that was followed by good ones. A probe that raised, or whose
output could not be judged, is unknown.
"""

from collections.abc import Iterator, Sequence

from seatrial.journal.entries import Phase
from seatrial.journal.script_entries import HypothesisChecked, ProbeCheck, Section
from seatrial.record import RunRecord
from seatrial.verdict.decision import Decision
from seatrial.verdict.status import Status, merge
from seatrial.verdict.verdict import ObjectiveVerdict

_STATUS = {True: Status.HELD, False: Status.DEVIATED, None: Status.UNKNOWN}
_SECTIONS = {Phase.BASELINE: (Section.BEFORE,), Phase.FAULT: (Section.DURING, Section.AFTER)}


def objectives_of(record: RunRecord) -> Iterator[ObjectiveVerdict]:
    """Each probe of the hypothesis before the method, and under its faults."""
    for phase, sections in _SECTIONS.items():
        checks = [check for _, check in record.checks if check.section in sections]
        for name in _probes(checks):
            looks = [probe for check in checks for probe in check.probes if probe.name == name]
            yield ObjectiveVerdict(
                sli=name, phase=phase, objective=looks[0].tolerance, decision=_decision(looks)
            )


def doubts_of(record: RunRecord) -> Iterator[str]:
    """Why nothing is proven by a run in which nothing deviated."""
    script = record.plan.script
    assert script is not None
    if script.dry:
        yield f"a dry run: {script.dry} were left out"
    if not script.probes:
        yield "there is no steady-state hypothesis, so there is nothing to judge"
    elif record.fault_window is not None and not _looked_under_fault(record):
        yield f"the hypothesis was not checked once the method had begun (strategy `{script.hypothesis}`)"
    for _, performed in record.performed:
        activity = performed.run.get("activity")
        is_action = isinstance(activity, dict) and activity.get("type") == "action"
        if performed.section is Section.METHOD and is_action and performed.run.get("status") != "succeeded":
            yield f"the action `{_name(activity)}` failed: {performed.reason}"


def _name(activity: object) -> object:
    return activity.get("name") if isinstance(activity, dict) else activity


def _looked_under_fault(record: RunRecord) -> bool:
    return any(check.section is not Section.BEFORE for _, check in record.checks)


def _probes(checks: Sequence[HypothesisChecked]) -> list[str]:
    return list(dict.fromkeys(probe.name for check in checks for probe in check.probes))


def _decision(looks: Sequence[ProbeCheck]) -> Decision:
    status = merge(_STATUS[look.met] for look in looks)
    wrong = [look for look in looks if _STATUS[look.met] is status and status is not Status.HELD]
    share = f"{len(wrong)} of {len(looks)} checks: " if len(looks) > 1 else ""
    reason = f"{share}{wrong[0].reason}" if wrong else "within its tolerance each time it was looked at"
    return Decision(status=status, samples=len(looks), rule="tolerance", reason=reason)
