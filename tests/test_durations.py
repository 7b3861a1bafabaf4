import random

import pytest

from seatrial.durations import Durations, durations_of
from seatrial.histogram import count_above, encode, merged, new, of_counts, record_ms


def encoded(seed: int, count: int) -> str:
    dice, histogram = random.Random(seed), new()
    for _ in range(count):
        record_ms(histogram, dice.lognormvariate(3, 1.5))
    return str(encode(histogram))


@pytest.mark.parametrize("count", [1, 7, 400, 5000])
def test_ranks_and_counts_are_those_of_the_histogram(count: int) -> None:
    text = encoded(1, count)
    histogram, durations = merged([text]), durations_of(text)
    assert durations.total == count
    for share in (0.01, 0.5, 0.95, 0.99, 1.0):
        theirs = histogram.get_value_at_percentile(share * 100) / 1000
        assert durations.quantile_ms(share) == pytest.approx(theirs, rel=0.002)
    for threshold_ms in (0.001, 1, 2.047, 2.048, 30.1, 1e9):
        assert durations.above(threshold_ms) == count_above(histogram, threshold_ms)


def test_a_rank_is_exact() -> None:
    histogram = new()
    for latency_ms in (1, 2, 2, 900):
        record_ms(histogram, latency_ms)
    durations = durations_of(encode(histogram))
    assert [durations.at_rank(rank) for rank in (0, 1, 2, 3)] == [1, 1, 2, 2]
    assert durations.at_rank(4) == durations.longest_ms == pytest.approx(900, rel=0.001)
    assert durations.quantile_ms(0.75) == 2


def test_a_sum_counts_everything_once() -> None:
    texts = [encoded(seed, 300) for seed in range(20)]
    whole, total = merged(texts), Durations.sum(durations_of(text) for text in texts)
    assert total.total == 6000
    assert total.above(40) == count_above(whole, 40)
    assert int(total.counts.sum()) == 6000


def test_a_histogram_survives_the_way_through_durations_and_back() -> None:
    text = encoded(3, 2000)
    assert encode(of_counts(durations_of(text).by_value())) == text


def test_large_counts_are_read() -> None:
    histogram = new()
    histogram.record_value(500, 2**40)
    histogram.record_value(3_600_000_000, 300)
    durations = durations_of(encode(histogram))
    assert [int(count) for count in durations.counts] == [2**40, 300]
    assert durations.longest_ms == pytest.approx(3.6e6, rel=0.001)


def test_another_layout_is_refused() -> None:
    from hdrh.histogram import HdrHistogram

    other = HdrHistogram(1, 10_000, 2)
    other.record_value(5)
    with pytest.raises(ValueError, match=r"^a histogram of another layout"):
        durations_of(other.encode().decode())


def test_nothing_has_no_rank() -> None:
    none = Durations.sum([durations_of(encode(new()))])
    assert (none.total, none.above(1)) == (0, 0)
    with pytest.raises(ValueError, match=r"^no durations"):
        none.at_rank(1)
