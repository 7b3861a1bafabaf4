"""Rounds: each event once, each reading new, whoever is missing named."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.series.increments import EVERYTHING, Key, Scrape
from seatrial.series.rounds import Missing, Round, Rounds

X: Key = ("x", ())
SILENT_S = 12.0


def rounds(**more: float) -> Rounds:
    return Rounds(lambda _: True, **more)  # type: ignore[arg-type]


def take(into: Rounds, target: str, t_s: float, count: float, started_s: float | None = None) -> None:
    into.take(target, Scrape(t_s, {X: {EVERYTHING: count}}, started_s))


def total(of: Round | None) -> float:
    assert of is not None
    return sum(growth.total(frozenset({X})) for growth in of.growths)


def test_a_round_waits_for_all_and_is_told_once() -> None:
    watched = rounds()
    for t_s, count in ((0, 100), (5, 110)):
        take(watched, "a", t_s, count)
    take(watched, "b", 2, 1000)
    take(watched, "b", 7, 1020)
    first = watched.complete(8, SILENT_S)
    assert first is not None
    assert (first.begin_s, first.end_s, first.seen, first.expected, first.unobserved) == (0, 7, 2, 2, 0)
    assert total(first) == 30
    assert watched.complete(9, SILENT_S) is None
    take(watched, "a", 10, 111)
    assert watched.complete(11, SILENT_S) is None  # b is not yet scraped again
    take(watched, "b", 12, 1023)
    second = watched.complete(13, SILENT_S)
    assert total(second) == 4
    assert second is not None
    assert (second.begin_s, second.end_s) == (5, 12)
    assert watched.every_s == 5


def test_a_missing_target_makes_it_unknown() -> None:
    watched = rounds()
    for name in "abc":
        take(watched, name, 0, 0)
        take(watched, name, 5, 10)
    assert total(watched.complete(6, SILENT_S)) == 30
    for name in "ab":
        take(watched, name, 10, 20)
    watched.fail("c", 10, "connection refused")
    with pytest.raises(Missing, match=r"^1 of 3 targets missing \(c: connection refused\)$"):
        watched.complete(11, SILENT_S)


def test_what_a_dead_target_may_have_counted_is_told_as_unobserved_once() -> None:
    watched = rounds(may_be_missing=1)
    for name in "abc":
        take(watched, name, 0, 0)
        take(watched, name, 5, 50)
    watched.complete(6, SILENT_S)
    for name in "ab":
        take(watched, name, 10, 100)
    watched.fail("c", 10, "down")
    dead = watched.complete(11, SILENT_S)
    assert dead is not None
    assert (dead.seen, dead.expected, total(dead), dead.unobserved) == (2, 3, 100, 50)
    for name in "ab":
        take(watched, name, 15, 150)
    watched.fail("c", 15, "down")
    later = watched.complete(16, SILENT_S)
    assert later is not None
    assert later.unobserved == 0


def test_a_restart_between_two_scrapes_is_unobserved_too() -> None:
    watched = rounds()
    take(watched, "a", 0, 0, started_s=-100)
    take(watched, "a", 5, 50, started_s=-100)
    watched.complete(6, SILENT_S)
    take(watched, "a", 10, 20, started_s=8)
    born_again = watched.complete(11, SILENT_S)
    assert born_again is not None
    assert total(born_again) == 20
    assert born_again.unobserved == 30  # 10/s for the 3 s until it was born again


def test_a_target_that_comes_back_with_its_counters_tells_what_it_counted_meanwhile() -> None:
    watched = rounds(may_be_missing=1)
    for name in "ab":
        take(watched, name, 0, 0)
        take(watched, name, 5, 50)
    watched.complete(6, SILENT_S)
    take(watched, "a", 10, 100)
    watched.fail("b", 10, "down")
    watched.complete(11, SILENT_S)
    take(watched, "a", 15, 150)
    take(watched, "b", 15, 150)
    back = watched.complete(16, SILENT_S)
    assert back is not None
    assert total(back) == 150
    assert (back.begin_s, back.end_s) == (5, 15)  # it may have been at any time since it was seen last


def test_pods_that_churn() -> None:
    """One goes, another comes under another name: as many as before, and every count from its birth."""
    watched = rounds(watched_since_s=0, may_be_missing=1)
    for name in "abc":
        take(watched, name, 0, 1000, started_s=-500)
        take(watched, name, 5, 1010, started_s=-500)
    watched.complete(6, SILENT_S)
    take(watched, "a", 10, 1020)
    take(watched, "b", 10, 1020)
    take(watched, "d", 11, 4, started_s=9)
    assert watched.complete(11, SILENT_S) is None  # c may still be scraped
    take(watched, "a", 15, 1030)
    take(watched, "b", 15, 1030)
    take(watched, "d", 16, 14, started_s=9)
    churned = watched.complete(18, SILENT_S)  # nobody has looked at c for longer than that
    assert churned is not None
    assert total(churned) == 2 * 20 + 14
    assert (churned.seen, churned.expected) == (3, 3)
    assert churned.unobserved == pytest.approx(10)  # c's, until the scrape that never came


def test_nobody_there() -> None:
    with pytest.raises(Missing, match=r"^no target has told anything of late$"):
        rounds().complete(1, SILENT_S)
    watched = rounds(may_be_missing=5)
    take(watched, "a", 0, 0)
    take(watched, "a", 5, 9)
    watched.complete(6, SILENT_S)
    watched.fail("a", 10, "down")
    with pytest.raises(Missing, match=r"^1 of 1 targets missing \(a: down\)$"):  # never all of them
        watched.complete(11, SILENT_S)


@given(st.integers(0, 2**32))
def test_every_event_of_targets_that_live_is_told_exactly_once(seed: int) -> None:
    """Against a brute-force count: random phases, polls, rates and bursts."""
    chance = random.Random(seed)
    names = "abc"
    phase = {name: chance.uniform(0, 5) for name in names}
    events = {name: sorted(chance.uniform(-20, 100) for _ in range(chance.randrange(200))) for name in names}

    def counted(name: str, t_s: float) -> int:
        return sum(event <= t_s for event in events[name])

    watched, told, spans, newest = rounds(), 0.0, [], dict.fromkeys(names, 0.0)
    for second in range(100):
        for name in names:
            for turn in range(30):
                t_s = phase[name] + 5 * turn
                if watched.last_s(name) < t_s <= second:
                    take(watched, name, t_s, counted(name, t_s))
                    newest[name] = t_s
        if len(watched._targets) < len(names):
            continue
        done = watched.complete(second, SILENT_S)
        if done is not None:
            told += total(done)
            spans.append((done.begin_s, done.end_s))
    begins = {name: phase[name] for name in names}
    last = {name: watched._targets[name].counters.last_s or 0.0 for name in names}
    pending = sum(
        growth.total(frozenset({X})) for target in watched._targets.values() for growth in target.growths
    )
    assert told + pending == sum(counted(name, last[name]) - counted(name, begins[name]) for name in names)
    assert spans == sorted(spans)
