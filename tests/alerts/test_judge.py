"""Alerts are judged in three values, with the reason."""

import pytest

from seatrial.model.alert import Alert
from seatrial.plan.planned_alert import PlannedAlert, planned_alert
from seatrial.verdict.alert import Course, Seen, judge_alert
from seatrial.verdict.status import Status

QUIET = Seen(0, "inactive")
COURSE = Course(begin_s=30, undone_s=90, end_s=200, bit=True)


def expected(**keys: object) -> PlannedAlert:
    return planned_alert(Alert.model_validate({"expect": "Errors", "within": "40 s", **keys}))


def said(alert: PlannedAlert, *seen: Seen, course: Course = COURSE) -> tuple[Status, str]:
    decision = judge_alert(alert, seen, course)
    return decision.status, decision.reason


FIRED = (QUIET, Seen(50, "pending"), Seen(60, "firing", ("pager",)))


def test_it_fires_in_time_and_is_over_in_time() -> None:
    assert said(expected(), *FIRED) == (Status.HELD, "it fired 30 s after the first injection")
    over = said(expected(resolved_within="60 s", receiver="pager"), *FIRED, Seen(120, "inactive"))
    assert over == (Status.HELD, "it fired 30 s after the first injection, and was over 30 s after undo")


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        ((QUIET,), "it did not fire: its threshold was not reached"),
        ((QUIET, Seen(60, "pending")), "it was pending, and did not fire in time"),
        ((QUIET, Seen(71, "firing")), "it did not fire: its threshold was not reached"),
        (
            (QUIET, Seen(40, "inactive", (), "its query has no series: there is nothing for it to fire on")),
            "it did not fire: its query has no series: there is nothing for it to fire on",
        ),
    ],
)
def test_it_does_not_fire(seen: tuple[Seen, ...], reason: str) -> None:
    assert said(expected(), *seen) == (Status.DEVIATED, reason)


def test_somebody_else_is_told() -> None:
    status, reason = said(expected(receiver="oncall"), *FIRED)
    assert status is Status.DEVIATED
    assert "it tells pager in place of oncall" in reason
    assert said(expected(receiver="oncall"), QUIET, Seen(60, "firing"))[0] is Status.UNKNOWN


def test_it_is_not_over_in_time() -> None:
    status, reason = said(expected(resolved_within="30 s"), *FIRED, Seen(130, "inactive"))
    assert status is Status.DEVIATED
    assert "was not over 30 s after undo" in reason
    assert said(expected(resolved_within="5 min"), *FIRED)[0] is Status.UNKNOWN


@pytest.mark.parametrize(
    ("seen", "course", "reason"),
    [
        ((QUIET,), Course(30, 90, 200, bit=False), "no reason to fire"),
        ((QUIET, Seen(40, "unknown", (), "connection refused")), COURSE, "connection refused"),
        ((), COURSE, "nobody looked at it all the time"),
        ((QUIET,), Course(30, 50, 60, bit=True), "the run was over before"),
        ((QUIET, Seen(10, "firing")), COURSE, "before anything was injected"),
    ],
)
def test_what_nobody_can_tell_is_unknown(seen: tuple[Seen, ...], course: Course, reason: str) -> None:
    status, told = said(expected(), *seen, course=course)
    assert status is Status.UNKNOWN
    assert reason in told


def test_one_that_must_not_fire() -> None:
    alert = Alert(must_not_fire="Search")
    assert Alert.model_validate_json(alert.model_dump_json()) == alert
    assert said(planned_alert(alert), QUIET)[0] is Status.HELD
    assert said(planned_alert(alert), QUIET, Seen(100, "firing"))[0] is Status.DEVIATED
    assert said(planned_alert(alert), QUIET, Seen(100, "unknown", (), "x"))[0] is Status.UNKNOWN
    with pytest.raises(ValueError, match="give one of"):
        Alert()
    with pytest.raises(ValueError, match="leave out when"):
        planned_alert(Alert.model_validate({"must_not_fire": "x", "within": "5 s"}))
