import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.view.axis import Scale, scale_of, time_ticks

NUMBERS = st.floats(0, 1e7, allow_subnormal=False).map(lambda number: round(number, 6))


@given(st.lists(NUMBERS, max_size=30), st.lists(NUMBERS, max_size=3), st.booleans())
def test_every_value_and_mark_has_its_place(
    values: list[float], marks: list[float], is_latency: bool
) -> None:
    scale = scale_of(values, marks, is_share=False, is_latency=is_latency)
    for value in (*values, *marks):
        assert scale.low <= value <= scale.high
        assert 0 <= scale.place(value) <= 100
    ordered = sorted(values)
    places = [scale.place(value) for value in ordered]
    assert places == sorted(places)
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 11
    assert ticks == sorted(set(ticks))


@given(st.lists(st.floats(0, 1), max_size=30))
def test_a_share_never_leaves_0_to_1(values: list[float]) -> None:
    scale = scale_of(values, [], is_share=True, is_latency=False)
    assert 0 <= scale.low < scale.high <= 1


def test_an_availability_is_shown_up_to_100_per_cent() -> None:
    scale = scale_of([0.9995, 1.0], [0.99], is_share=True, is_latency=False)
    assert scale.high == 1.0
    assert scale.place(1.0) == 100
    assert 0 < scale.place(0.99) < 10


def test_a_latency_with_a_far_peak_gets_a_logarithmic_axis() -> None:
    scale = scale_of([20.0] * 50 + [2000.0], [300.0], is_share=False, is_latency=True)
    assert scale.is_log
    assert scale.place(200) == pytest.approx((scale.place(20) + scale.place(2000)) / 2)
    assert scale.ticks() == [30, 100, 300, 1000]
    assert not scale_of([20.0] * 50 + [200.0], [], is_share=False, is_latency=True).is_log


def test_ticks_are_round() -> None:
    assert Scale(0, 312).ticks() == [0, 100, 200, 300]
    assert Scale(0.9885, 1.0).ticks() == [0.99, 0.995, 1.0]


@pytest.mark.parametrize(
    ("duration_s", "ticks"),
    [
        (61.0, [0, 15, 30, 45, 60]),
        (3601.2, [0, 600, 1200, 1800, 2400, 3000, 3600]),
        (0.4, [0]),
    ],
)
def test_moments_are_round_and_few(duration_s: float, ticks: list[float]) -> None:
    found = time_ticks(duration_s)
    assert len(found) <= 7
    assert found == ticks or duration_s > 3600
