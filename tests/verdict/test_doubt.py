"""What is open counts against whatever is claimed: bad for held, good for deviated."""

import pytest

from seatrial.histogram import encode, of_counts
from seatrial.measure import Measure
from seatrial.model.objective import Objective
from seatrial.reading import Latency, Observed, Ratio, Reading
from seatrial.verdict.decision import Decision
from seatrial.verdict.doubt import Window
from seatrial.verdict.judge import judge
from seatrial.verdict.status import Status
from tests.verdict.records import latency, ratio, sli

AVAILABILITY = sli("availability", ">= 99%")
ERRORS = sli("errors", "<= 1%", counts_bad=True)
LATENCY = sli("latency", "<= 300 ms", measure=Measure.LATENCY)


def counted(good: int, total: int = 100, unsure: int = 0, unobserved: int = 0) -> Ratio:
    return Ratio(good=good, total=total, unsure=unsure, observed=observed(unobserved))


def observed(unobserved: int = 0) -> Observed:
    return Observed(span_s=5, age_s=1, unobserved=unobserved, source="a test")


def bucketed(slowest_ms: int, fastest_ms: int, slow: int = 100, fast: int = 0) -> Latency:
    return Latency(
        histogram=encode(of_counts({slowest_ms * 1000: slow, 10_000: fast})),
        at_best=encode(of_counts({fastest_ms * 1000: slow, 1_000: fast})),
        quantile=0.95,
        observed=observed(),
    )


def say(
    readings: list[Reading], partly: list[bool] | None = None, spec: object = AVAILABILITY, asked: str = ""
) -> Decision:
    from seatrial.plan.plan import PlannedSli

    assert isinstance(spec, PlannedSli)
    objective = Objective(asked) if asked else spec.objective
    usual: Reading = latency({50: 100}) if spec.measure is Measure.LATENCY else ratio()
    return judge(spec, objective, Window(readings, partly or ()), Window([usual] * 10))


@pytest.mark.parametrize("spec", [AVAILABILITY, ERRORS], ids=lambda spec: spec.name)
@pytest.mark.parametrize(
    ("reading", "status"),
    [
        (counted(100), Status.HELD),
        (counted(50), Status.DEVIATED),
        (counted(100, unobserved=0), Status.HELD),
        (counted(100, unobserved=30), Status.UNKNOWN),  # all of them may have been bad
        (counted(50, unobserved=10), Status.DEVIATED),  # and yet too many are
        (counted(70, unsure=30), Status.UNKNOWN),
        (counted(40, unsure=30), Status.DEVIATED),
    ],
)
def test_what_nobody_saw_or_can_tell(spec: object, reading: Ratio, status: Status) -> None:
    decision = say([reading] * 20, spec=spec)
    assert decision.status is status
    if status is Status.UNKNOWN:
        assert decision.reason.startswith("Not all was seen for certain. At worst: ")
        assert decision.low is not None
        assert decision.high is not None
        assert decision.low < 0.8 < decision.high or decision.low < 0.2 < decision.high


def test_a_reading_that_reaches_beyond_the_window_counts_with_its_bad_ones_alone() -> None:
    healthy: list[Reading] = [counted(100)] * 20
    edge = [True, *[False] * 20, True]
    assert say([counted(100), *healthy, counted(100)], edge).status is Status.HELD
    # 60 errors in an interval that only touches the window: too many if they fell into it.
    assert say([counted(40), *healthy, counted(100)], edge).status is Status.UNKNOWN
    assert say([counted(40), *healthy, counted(40)]).status is Status.DEVIATED


def test_a_window_of_nothing_but_edges_shows_nothing() -> None:
    assert say([counted(100)] * 2, [True, True]).status is Status.UNKNOWN
    assert say([counted(0)] * 2, [True, True]).status is Status.UNKNOWN


@pytest.mark.parametrize("asked", ["<= 300 ms", "<= 6x baseline"])
@pytest.mark.parametrize(
    ("slowest_ms", "fastest_ms", "status"),
    [(250, 100, Status.HELD), (500, 250, Status.UNKNOWN), (1000, 500, Status.DEVIATED)],
)
def test_a_latency_is_the_interval_of_its_buckets(
    asked: str, slowest_ms: int, fastest_ms: int, status: Status
) -> None:
    readings: list[Reading] = [bucketed(slowest_ms, fastest_ms, slow=20, fast=80)] * 20
    assert say(readings, spec=LATENCY, asked=asked).status is status


def test_slow_ones_at_the_edge() -> None:
    healthy: list[Reading] = [bucketed(100, 50)] * 20
    edge = [True, *[False] * 20]
    assert say([bucketed(100, 50), *healthy], edge, LATENCY).status is Status.HELD
    assert say([bucketed(900, 800, slow=1000), *healthy], edge, LATENCY).status is Status.UNKNOWN


def test_what_is_certain_is_judged_as_ever() -> None:
    assert Window([ratio(), latency({5: 1})]).is_certain
    assert not Window([ratio()], [True]).is_certain
    assert Window([ratio()], [False]).at_worst() == [ratio()]
