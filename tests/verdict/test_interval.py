import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.verdict.counts import Counts
from seatrial.verdict.design_effect import DesignEffect
from seatrial.verdict.interval import clopper_pearson, deciding_counts

# At 95 %, as R's binom.test prints them.
TABLE = {
    (0, 10): (0.0, 0.3085),
    (1, 10): (0.0025, 0.4450),
    (5, 10): (0.1871, 0.8129),
    (10, 10): (0.6915, 1.0),
    (4, 20): (0.0573, 0.4366),
    (10, 100): (0.0490, 0.1762),
}


@pytest.mark.parametrize(("counts", "ends"), TABLE.items(), ids=str)
def test_the_tables_are_met(counts: tuple[int, int], ends: tuple[float, float]) -> None:
    assert clopper_pearson(Counts(*counts), alpha=0.05) == pytest.approx(ends, abs=5e-5)


def test_the_rule_of_three() -> None:
    """Of n events none bad: surely (95 %) below about 3/n."""
    assert clopper_pearson(Counts(0, 1000))[1] == pytest.approx(1 - 0.05 ** (1 / 1000), rel=1e-9)


def test_no_events_say_nothing() -> None:
    assert clopper_pearson(Counts(0, 0)) == (0, 1)


@pytest.mark.parametrize("total", [7, 60, 400])
@pytest.mark.parametrize("share", [0.003, 0.05, 0.4, 0.95])
def test_each_end_is_wrong_in_at_most_five_per_cent_of_windows(total: int, share: float) -> None:
    """Not simulated: the sum over all that can happen."""
    from scipy.stats import binom  # a second, in every process that collects tests

    ends = [clopper_pearson(Counts(bad, total)) for bad in range(total + 1)]
    chance = [float(binom.pmf(bad, total, share)) for bad in range(total + 1)]
    assert sum(p for p, (low, _) in zip(chance, ends, strict=True) if low > share) <= 0.05
    assert sum(p for p, (_, high) in zip(chance, ends, strict=True) if high < share) <= 0.05


def test_bursts_widen_either_end_by_its_own_effect() -> None:
    counts = Counts(20, 1000)
    low, high = clopper_pearson(counts, deff=DesignEffect(2, 5))
    assert low == clopper_pearson(Counts(10, 500))[0]
    assert high == clopper_pearson(Counts(4, 200))[1]


@pytest.mark.parametrize(("total", "budget"), [(59, 0.05), (299, 0.01), (2995, 0.001)])
def test_so_many_good_events_are_just_enough(total: int, budget: float) -> None:
    assert clopper_pearson(Counts(0, total))[1] <= budget < clopper_pearson(Counts(0, total - 1))[1]
    assert deciding_counts(total, budget)[0] is not None
    assert deciding_counts(total - 1, budget)[0] is None


sizes = st.integers(1, 5000)
budgets = st.floats(0.0005, 0.6)
effects = st.floats(1, 20)


@given(sizes, budgets, effects, effects)
def test_the_deciding_counts_are_where_the_interval_touches_the_budget(
    total: int, budget: float, one: float, other: float
) -> None:
    deff = DesignEffect(min(one, other), max(one, other))
    most, beyond = deciding_counts(total, budget, deff=deff)
    if most is not None:
        assert clopper_pearson(Counts(most, total), deff=deff)[1] == pytest.approx(budget, rel=1e-6)
    else:
        assert clopper_pearson(Counts(0, total), deff=deff)[1] >= budget * (1 - 1e-9)
    if beyond is not None:
        assert clopper_pearson(Counts(beyond, total), deff=deff)[0] == pytest.approx(budget, rel=1e-6)
    else:
        assert clopper_pearson(Counts(total, total), deff=deff)[0] <= budget * (1 + 1e-9)
