"""What a run took of a budget, against runs whose truth is known."""

import random

import pytest

from seatrial.budget.spending import slices_spent, spent, spent_for_sure
from seatrial.verdict.counts import Counts
from tests.budget.promises import promise


def seconds(chance: random.Random, count: int, per_s: int, share: float) -> list[tuple[int, int]]:
    return [(sum(chance.random() < share for _ in range(per_s)), per_s) for _ in range(count)]


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(60):
        chance = random.Random(seed)
        before, during = seconds(chance, 30, 20, 0.01), seconds(chance, 20, 20, 0.3)
        found = spent(before, during)
        assert found is not None
        held += found.low <= (0.3 - 0.01) * 400 <= found.high
    assert held >= 52


def test_without_events_nothing_can_be_said() -> None:
    assert spent([], [(1, 5)]) is None
    assert spent([(0, 5)], [None]) is None


def test_a_budget_of_nothing_is_overspent_by_anything() -> None:
    found = spent([(0, 100)], [(50, 100)])
    assert found is not None
    assert found.over(500).most_likely == pytest.approx(0.1)
    assert found.over(0).low > 10**9


def test_what_is_spent_for_sure_is_above_what_is_usual() -> None:
    assert spent_for_sure(Counts(0, 1000), Counts(0, 500)) == 0
    assert spent_for_sure(Counts(50, 1000), Counts(20, 500)) == 0
    assert 480 < spent_for_sure(Counts(0, 1000), Counts(490, 500)) < 490
    assert spent_for_sure(Counts(0, 0), Counts(5, 5)) == 0


def test_slices_by_the_wall_clock() -> None:
    slo = promise(0.99, slices=(10, 0.5))
    good = [(100.0 + n, (0, 10)) for n in range(10)]
    half = [(110.0 + n, (5, 10)) for n in range(10)]
    bad = [(120.0 + n, (6, 10)) for n in range(10)]
    unseen = [(130.0 + n, None) for n in range(10)]
    found = slices_spent(slo, [*good, *half, *bad, *unseen])
    assert (found.most_likely, found.low, found.high) == (1, 1, 2)
