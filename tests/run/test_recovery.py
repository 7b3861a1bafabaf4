"""Has an SLI come back, and stayed?"""

from collections.abc import Sequence

import pytest

from seatrial.measure import Measure
from seatrial.plan.plan import PlannedSli
from seatrial.reading import Reading
from seatrial.record import Point
from seatrial.run.recovery import recovered_after_s, recovered_at
from tests.verdict.records import dark, latency, plan, ratio, sli, value

AVAILABILITY = sli()
LATENCY = sli("latency", "< 300 ms", measure=Measure.LATENCY)
HEALTHY = sli("healthy", "status == 200", measure=Measure.VALUE, quantity="status", from_load=False)


def points(readings: Sequence[Reading]) -> list[Point]:
    return [Point(float(second), second + 1.0, reading) for second, reading in enumerate(readings)]


def back(spec: PlannedSli, readings: Sequence[Reading], undone_s: float = 2.0) -> float | None:
    return recovered_at(spec, points(readings), undone_s, settle_s=3)


@pytest.mark.parametrize(
    ("bad", "at_s"),
    [
        ([50, 50, 0, 0, 0], 2.0),
        ([0, 0, 0, 0], None),  # has not stayed long enough
        ([0, 50, 9, 9, 0, 0, 0], 4.0),
        ([0, 0, 0, 0, 50, 0, 0, 0], 5.0),  # came back and went again
        ([0, 0, 50, 50, 50, 50], None),
    ],
)
def test_back_is_the_beginning_of_the_first_time_that_stays(bad: list[int], at_s: float | None) -> None:
    assert back(AVAILABILITY, [ratio(one) for one in bad]) == at_s


@pytest.mark.parametrize(
    ("spec", "good", "bad"),
    [
        (AVAILABILITY, ratio(), ratio(9)),
        (LATENCY, latency({20: 100}), latency({20: 90, 400: 10})),
        (HEALTHY, value(200, "status"), value(503, "status")),
    ],
    ids=["ratio", "latency", "value"],
)
def test_each_kind_of_reading(spec: PlannedSli, good: Reading, bad: Reading) -> None:
    assert back(spec, [bad, bad, good, good, good]) == 2
    assert back(spec, [good, good, bad, bad, bad]) is None
    assert back(spec, [good, good, dark(), good, good, good]) == 3
    assert back(spec, [good, good]) is None


def test_the_second_in_which_undo_ended_does_not_count() -> None:
    assert back(AVAILABILITY, [ratio()] * 6, undone_s=1.4) == 2


@pytest.mark.parametrize(("spec", "empty"), [(AVAILABILITY, ratio(0, 0)), (LATENCY, latency({}))])
def test_nothing_ended_is_not_back(spec: PlannedSli, empty: Reading) -> None:
    assert back(spec, [empty] * 8) is None


def test_who_hangs_since_the_fault_is_not_back() -> None:
    """Fast are those that are answered, yet 40 others still wait."""
    stuck, calm = latency({20: 100}, waiting=120), latency({20: 100}, waiting=2)
    assert back(LATENCY, [stuck] * 8) is None
    assert back(LATENCY, [stuck] * 4 + [calm] * 4) == 2  # all have ended at the end of its three seconds
    assert back(AVAILABILITY, [ratio(0, 100, waiting=40)] * 8) is None


def test_by_sli_and_within_the_time_of_the_plan() -> None:
    its_plan = plan([AVAILABILITY, HEALTHY])  # settles for 1 s, within 10 s
    seen = {
        "availability": points([ratio(50)] * 14 + [ratio()] * 4),
        "healthy": points([value(503, "status")] * 5 + [value(200, "status")] * 9),
    }
    assert recovered_after_s(its_plan, seen, 3.0) == {"availability": None, "healthy": 2.0}


def test_what_waited_in_the_baseline_is_usual() -> None:
    its_plan = plan([LATENCY])
    seen = {"latency": points([latency({20: 100}, waiting=120)] * 20)}
    assert recovered_after_s(its_plan, seen, 12.0) == {"latency": None}
    assert recovered_after_s(its_plan, seen, 12.0, (0.0, 10.0)) == {"latency": 0.0}
