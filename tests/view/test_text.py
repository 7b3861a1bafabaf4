import pytest

from seatrial.measure import Measure
from seatrial.model.objective import Objective
from seatrial.model.tolerance import Tolerance
from seatrial.plan.plan import PlannedSli
from seatrial.verdict.decision import Decision
from seatrial.verdict.status import Status
from seatrial.view.text import clock, counted, describe_sli, in_unit, interval, listed, measured


def sli(measure: Measure = Measure.LATENCY, unit: str = "ms") -> PlannedSli:
    return PlannedSli(
        name="latency",
        probe="load",
        measure=measure,
        quantity=None,
        quantile=0.99,
        unit=unit,
        counts_bad=False,
        from_load=True,
        objective=Objective("< 300 ms"),
        under_fault=Objective("<= 2x baseline"),
        deviates_at=Tolerance("3 of 5"),
    )


@pytest.mark.parametrize(
    ("t_s", "text", "precise"),
    [
        (0.0, "0:00", "0:00.0"),
        (5.96, "0:05", "0:06.0"),
        (65.25, "1:05", "1:05.2"),
        (3605.0, "1:00:05", "1:00:05.0"),
        (59.99, "0:59", "1:00.0"),
        (-0.1, "0:00", "0:00.0"),
    ],
)
def test_clock(t_s: float, text: str, precise: str) -> None:
    assert clock(t_s) == text
    assert clock(t_s, tenths=True) == precise


def test_values_in_their_unit() -> None:
    assert in_unit(0.9995, "%") == "99.95 %"
    assert in_unit(287.4, "ms") == "287 ms"
    assert in_unit(12.0, "bytes") == "12 bytes"
    assert in_unit(None, "ms") == "unknown"
    assert in_unit(True, "") == "true"


def test_decisions_are_told_in_their_own_unit() -> None:
    decision = Decision(
        status=Status.HELD, value=1.4, low=1.26, high=1.52, unit="x baseline", samples=9, rule="r", reason=""
    )
    assert measured(decision, sli()) == "1.4x baseline"
    assert interval(decision, sli()) == "1.26x to 1.52x baseline"
    open_end = decision.model_copy(update={"high": None, "unit": "ms"})
    assert interval(open_end, sli()) == "at least 1.26 ms"
    shut = decision.model_copy(update={"low": None, "unit": "share", "high": 0.5})
    assert interval(shut, sli()) == "at most 50 %"
    own = decision.model_copy(update={"unit": ""})
    assert measured(own, sli(Measure.VALUE, "/s")) == "1.4 /s"
    assert interval(decision.model_copy(update={"low": None, "high": None}), sli()) == ""


def test_recovery_is_told_in_seconds() -> None:
    decision = Decision(status=Status.HELD, value=1.8, samples=9, rule="settled", reason="")
    assert measured(decision, sli()) == "back after 1.8 s"


def test_words() -> None:
    assert describe_sli(sli()) == "p99 latency, seen by load"
    assert counted(1, "reading") == "1 reading"
    assert counted(3600, "reading") == "3,600 readings"
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
