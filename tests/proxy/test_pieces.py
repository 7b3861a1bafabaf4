"""Shapes alone: what goes on, and when."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from statistics import median, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.proxy.pieces import Bandwidth, Blackhole, Latency, Limit, Mark, Piece, Shape, Slices, SlowClose

FAITHFUL: dict[str, Callable[[], Shape]] = {
    "latency": lambda: Latency(Random(1), latency_s=0.05, jitter_s=0.02, distribution="pareto"),
    "bandwidth": lambda: Bandwidth(Random(1), bytes_per_s=1000),
    "slice": lambda: Slices(Random(1), size=7, pause_s=0.001),
    "slow_close": lambda: SlowClose(Random(1), delay_s=3),
}


def through(shapes: Sequence[Shape], *pieces: Piece) -> list[Piece]:
    """One after the other, as a lane feeds them."""
    found: list[Piece] = []
    for piece in pieces:
        flow = iter([piece])
        for shape in shapes:
            flow = shape.through(flow)
        found += flow
    return found


@given(
    st.lists(st.sampled_from(sorted(FAITHFUL)), max_size=4),
    st.lists(st.tuples(st.binary(min_size=1, max_size=300), st.floats(0, 1)), max_size=8),
)
def test_what_loses_nothing_keeps_every_byte_in_its_order(
    names: list[str], sent: list[tuple[bytes, float]]
) -> None:
    at_s, pieces = 0.0, []
    for data, pause_s in sent:
        at_s += pause_s
        pieces.append(Piece(data, at_s))
    found = through([FAITHFUL[name]() for name in names], *pieces, Piece(Mark.END, at_s))
    assert b"".join(one.data for one in found if isinstance(one.data, bytes)) == b"".join(d for d, _ in sent)
    assert [one.data for one in found if isinstance(one.data, Mark)] == [Mark.END]
    assert all(one.at_s <= next_.at_s for one, next_ in pairwise(found))
    assert not pieces or found[0].at_s >= pieces[0].at_s


@pytest.mark.parametrize(
    ("distribution", "middle_s", "spread_s"),
    [("normal", 0.1, 0.01), ("uniform", 0.1, 0.01 / 3**0.5), ("pareto", 0.1030, 0.01)],
)
def test_delays_are_spread_as_asked(distribution: str, middle_s: float, spread_s: float) -> None:
    shape = Latency(Random(7), latency_s=0.1, jitter_s=0.01, distribution=distribution)
    took = [through([shape], Piece(b"x", float(at)))[0].at_s - at for at in range(20_000)]
    assert median(took) == pytest.approx(middle_s, abs=0.0003)
    assert stdev(took) == pytest.approx(spread_s, rel=0.15)
    assert distribution != "pareto" or min(took) >= 0.1


def test_nothing_overtakes() -> None:
    shape = Latency(Random(3), latency_s=0.1, jitter_s=0.09)
    found = through([shape], *(Piece(b"x", at / 1000) for at in range(1000)))
    assert all(one.at_s <= next_.at_s for one, next_ in pairwise(found))


def test_a_narrow_line_takes_its_time_for_every_byte() -> None:
    found = through([Bandwidth(Random(), bytes_per_s=1000)], Piece(bytes(500), 10.0), Piece(bytes(500), 10.1))
    assert found[-1].at_s == pytest.approx(11.0)
    assert max(len(one.data) for one in found if isinstance(one.data, bytes)) == 10


def test_an_idle_line_saves_nothing_up() -> None:
    shape = Bandwidth(Random(), bytes_per_s=1000)
    assert through([shape], Piece(bytes(10), 0.0))[-1].at_s == pytest.approx(0.01)
    assert through([shape], Piece(bytes(10), 60.0))[-1].at_s == pytest.approx(60.01)


def test_a_limit_ends_it_at_the_byte() -> None:
    shape = Limit(Random(), size=5, reset=True)
    assert through([shape], Piece(b"abc", 1), Piece(b"defg", 2), Piece(b"h", 3), Piece(Mark.END, 4)) == [
        Piece(b"abc", 1),
        Piece(b"de", 2),
        Piece(Mark.RESET, 2),
    ]
    assert shape.swallowed


def test_a_limit_that_is_not_reached_does_nothing() -> None:
    shape = Limit(Random(), size=5, reset=False)
    assert through([shape], Piece(b"abcd", 1), Piece(Mark.END, 2)) == [Piece(b"abcd", 1), Piece(Mark.END, 2)]
    assert not shape.swallowed


def test_a_blackhole_knows_whether_it_swallowed() -> None:
    shape = Blackhole(Random())
    assert through([shape]) == []
    assert not shape.swallowed
    assert through([shape], Piece(b"a", 1), Piece(Mark.END, 2)) == []
    assert shape.swallowed


def test_only_the_end_is_late() -> None:
    found = through(
        [SlowClose(Random(), delay_s=5)], Piece(b"a", 1), Piece(Mark.RESET, 1), Piece(Mark.END, 2)
    )
    assert [one.at_s for one in found] == [1, 1, 7]
