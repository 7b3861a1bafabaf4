"""Judging an alert: unknown where nobody could look, or where it had no reason to fire."""

from collections.abc import Sequence

import msgspec

from seatrial.model.units import format_duration
from seatrial.plan.planned_alert import PlannedAlert
from seatrial.verdict.decision import Decision
from seatrial.verdict.status import Status


class Seen(msgspec.Struct, frozen=True):
    """From a moment on, until the next of these, an alert was so."""

    t_s: float
    state: str
    """`inactive`, `pending`, `firing` or `unknown`."""
    receivers: tuple[str, ...] = ()
    reason: str = ""


class Course(msgspec.Struct, frozen=True):
    """When what happened, in seconds since the run began."""

    begin_s: float
    """The first injection."""
    undone_s: float
    end_s: float
    """The last moment at which anybody looked."""
    bit: bool
    """Whether the fault broke an SLI's objective: without that no alert has a reason to fire."""


def judge_alert(alert: PlannedAlert, seen: Sequence[Seen], course: Course) -> Decision:
    """One alert over one run; `seen` is in order and says every change."""
    if not alert.must_fire:
        return _silent(seen, course)
    due_s = course.begin_s + alert.fires_within_s
    fired = next((one for one in seen if one.state == "firing" and one.t_s <= due_s), None)
    if fired is None:
        return _not_fired(seen, course, due_s)
    if fired.t_s < course.begin_s:
        return _said(Status.UNKNOWN, seen, "it fired before anything was injected")
    told = f"it fired {format_duration(fired.t_s - course.begin_s)} after the first injection"
    wrong = _wrong_receiver(alert, seen)
    if wrong is not None:
        return _said(wrong[0], seen, f"{told}, but {wrong[1]}")
    return _resolved(alert, seen, course, told)


def _silent(seen: Sequence[Seen], course: Course) -> Decision:
    fired = next((one for one in seen if one.state == "firing"), None)
    if fired is not None:
        return _said(Status.DEVIATED, seen, f"it fired {format_duration(fired.t_s)} into the run")
    blind = _blind(seen, course.begin_s, course.end_s)
    if blind:
        return _said(Status.UNKNOWN, seen, blind)
    return _said(Status.HELD, seen, "it did not fire")


def _not_fired(seen: Sequence[Seen], course: Course, due_s: float) -> Decision:
    blind = _blind(seen, course.begin_s, due_s)
    if not course.bit:
        return _said(Status.UNKNOWN, seen, "the fault broke no SLI's objective: it had no reason to fire")
    if blind:
        return _said(Status.UNKNOWN, seen, blind)
    if course.end_s < due_s:
        return _said(Status.UNKNOWN, seen, "the run was over before it had to fire")
    states = _within(seen, course.begin_s, due_s)
    if any(one.state == "pending" for one in states):
        return _said(Status.DEVIATED, seen, "it was pending, and did not fire in time")
    silenced = next((one.reason for one in states if one.reason), "")
    if silenced:
        return _said(Status.DEVIATED, seen, f"it did not fire: {silenced}")
    return _said(Status.DEVIATED, seen, "it did not fire: its threshold was not reached")


def _wrong_receiver(alert: PlannedAlert, seen: Sequence[Seen]) -> tuple[Status, str] | None:
    told = {name for one in seen for name in one.receivers}
    if alert.receiver is None or alert.receiver in told:
        return None
    if not told:
        return Status.UNKNOWN, "no Alertmanager said whom it tells"
    return Status.DEVIATED, f"it tells {', '.join(sorted(told))} in place of {alert.receiver}"


def _resolved(alert: PlannedAlert, seen: Sequence[Seen], course: Course, told: str) -> Decision:
    if alert.resolved_within_s is None:
        return _said(Status.HELD, seen, told)
    due_s = course.undone_s + alert.resolved_within_s
    fired_s = next(one.t_s for one in seen if one.state == "firing")
    after = [one for one in seen if one.t_s > fired_s]
    last = next((one for one in reversed(seen) if one.t_s <= due_s), seen[0])
    if last.state in ("inactive", "pending"):
        over_s = next(one.t_s for one in after if one.state in ("inactive", "pending"))
        since = format_duration(max(0.0, over_s - course.undone_s))
        return _said(Status.HELD, seen, f"{told}, and was over {since} after undo")
    if last.state == "unknown" or course.end_s < due_s:
        return _said(Status.UNKNOWN, seen, f"{told}, and nobody saw whether it was over in time")
    limit = format_duration(alert.resolved_within_s)
    return _said(Status.DEVIATED, seen, f"{told}, and was not over {limit} after undo")


def _within(seen: Sequence[Seen], begin_s: float, end_s: float) -> list[Seen]:
    """What was so at any moment between."""
    until = [*(one.t_s for one in seen), float("inf")][1:]
    return [one for one, end in zip(seen, until, strict=True) if one.t_s <= end_s and end > begin_s]


def _blind(seen: Sequence[Seen], begin_s: float, end_s: float) -> str:
    states = _within(seen, begin_s, end_s)
    if not states or seen[0].t_s > begin_s:
        return "nobody looked at it all the time"
    unknown = next((one for one in states if one.state == "unknown"), None)
    return f"it could not be looked at: {unknown.reason}" if unknown is not None else ""


def _said(status: Status, seen: Sequence[Seen], reason: str) -> Decision:
    return Decision(status=status, samples=len(seen), rule="alert", reason=reason)
