"""When arrivals are due: against the integral of the rate."""

import math
from itertools import islice, pairwise, takewhile
from statistics import mean, stdev
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.load.schedule import Schedule, Segment, arrival_times, schedule_of
from seatrial.model.load import Load

SEGMENTS = st.lists(
    st.builds(Segment, st.floats(0.5, 500), st.floats(0.5, 500), st.floats(0.1, 20)), min_size=1, max_size=4
)
RAMP = Schedule([Segment(100, 100, 2), Segment(100, 300, 4)])


def times(
    schedule: Schedule,
    until_s: float,
    *,
    arrivals: Literal["constant", "poisson"] = "constant",
    seed: int = 1,
    worker: int = 0,
    workers: int = 1,
) -> list[float]:
    drawn = arrival_times(schedule, arrivals, seed=seed, worker=worker, workers=workers)
    return list(takewhile(lambda at: at < until_s, drawn))


def test_a_constant_rate_is_evenly_spaced() -> None:
    drawn = arrival_times(Schedule([Segment(50, 50, 1)]), "constant", seed=1, worker=0, workers=1)
    assert list(islice(drawn, 100)) == pytest.approx([n / 50 for n in range(100)])


def test_a_ramp_grows_and_its_end_holds() -> None:
    drawn = times(RAMP, 8)
    per_second = [sum(s <= at < s + 1 for at in drawn) for s in range(8)]
    assert per_second == pytest.approx([100, 100, 125, 175, 225, 275, 300, 300], abs=1)
    assert RAMP.rate_at(1.9) == 100
    assert RAMP.rate_at(4) == 200
    assert RAMP.rate_at(1000) == 300
    assert RAMP.arrivals_between(0, 6) == 1000
    assert RAMP.arrivals_between(5, 8) == 875


@given(SEGMENTS, st.integers(0, 3000))
def test_arrivals_are_where_the_integral_says(segments: list[Segment], n: int) -> None:
    schedule = Schedule(segments)
    at = next(islice(arrival_times(schedule, "constant", seed=1, worker=0, workers=1), n, None))
    assert schedule.arrivals_between(0, at) == pytest.approx(n, rel=1e-6, abs=1e-6)


@given(SEGMENTS, st.integers(1, 5))
def test_workers_together_send_what_one_would(segments: list[Segment], workers: int) -> None:
    schedule = Schedule(segments)
    shared = sorted(
        at for worker in range(workers) for at in times(schedule, 3, worker=worker, workers=workers)
    )
    assert shared == pytest.approx(times(schedule, 3))


def test_poisson_arrivals_are_poisson() -> None:
    schedule = Schedule([Segment(200, 200, 1)])
    parts = [times(schedule, 100, arrivals="poisson", worker=worker, workers=2) for worker in range(2)]
    drawn = sorted(parts[0] + parts[1])
    gaps = [b - a for a, b in pairwise(drawn)]
    # 20,000 events: the count has a standard deviation of 141, the mean gap of 0.7 %.
    assert len(drawn) == pytest.approx(20_000, abs=4 * 141)
    assert mean(gaps) == pytest.approx(1 / 200, rel=0.03)
    assert stdev(gaps) == pytest.approx(1 / 200, rel=0.04)
    assert sum(gap > 1 / 200 for gap in gaps) / len(gaps) == pytest.approx(math.exp(-1), abs=0.015)


def test_a_seed_repeats_a_run_and_another_does_not() -> None:
    assert times(RAMP, 2, arrivals="poisson") == times(RAMP, 2, arrivals="poisson")
    assert times(RAMP, 2, arrivals="poisson") != times(RAMP, 2, arrivals="poisson", seed=2)


def test_a_poisson_ramp_follows_its_rate() -> None:
    drawn = times(RAMP, 6, arrivals="poisson")
    assert len(drawn) == pytest.approx(1000, abs=4 * math.sqrt(1000))


def test_a_load_has_its_schedule() -> None:
    requests = [{"path": "/"}]
    base = {"host": "http://a", "requests": requests}
    steady = schedule_of(Load.model_validate({**base, "rate": "600/min"}))
    assert steady.rate_at(77) == 10
    profile = [{"rate": "5/s", "for": "2 s"}, {"rate": "5/s", "to": "9/s", "for": "2 s"}]
    assert schedule_of(Load.model_validate({**base, "profile": profile})).rate_at(3) == 7
    with pytest.raises(ValueError, match="only the open model"):
        schedule_of(Load.model_validate({**base, "users": 3}))
