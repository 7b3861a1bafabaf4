"""Each limit is found, and an honest generator is let pass."""

from typing import Any

import pytest

from seatrial.load.honesty import generator_limit
from seatrial.load.second import LoadSecond

HONEST: dict[str, Any] = {
    "workers": 2,
    "workers_expected": 2,
    "scheduled": 100,
    "cpu_share": 0.3,
    "lag_ms": 4.0,
}


def minute(*changed: dict[str, Any], usual: dict[str, Any] | None = None) -> list[LoadSecond]:
    usual = HONEST | (usual or {})
    values = [usual | one for one in changed] + [usual] * (60 - len(changed))
    return [LoadSecond(second_unix=1000 + n, **one) for n, one in enumerate(values)]


@pytest.mark.parametrize(
    "seconds",
    [
        minute(),
        minute({"lag_ms": 900.0}, {"lag_ms": 60.0}),
        minute({"cpu_share": 0.95}, {"cpu_share": 0.95}),
        minute({"workers": 1}, {"workers": 2, "late": 1}),
        minute({"workers": 1}),
        minute({"dropped": 5, "warming_up": True}),
        [],
    ],
)
def test_an_honest_generator(seconds: list[LoadSecond]) -> None:
    assert generator_limit(seconds) is None


@pytest.mark.parametrize(
    ("seconds", "reason", "bias", "said"),
    [
        (
            minute({"workers": 1}, {"workers": 1}, {"workers": 1}),
            "workers missing",
            "too good",
            "3 of 120 reports",
        ),
        (minute({"lost": 3}), "workers missing", "too good", "3 of 120 reports"),
        (
            minute({"dropped": 60, "oldest_ms": 4800.0}),
            "arrivals dropped",
            "too good",
            "60 of 6000 arrivals (1 %)",
        ),
        (minute(usual={"cpu_share": 0.71}), "cpu", "too bad", "71 % of a core"),
        (minute(*[{"cpu_share": 0.95}] * 3), "cpu", "too bad", "for 3 s in a row"),
        (minute(*[{"lag_ms": 51.0}] * 4), "lag", "too bad", "in 4 of 60 s"),
    ],
)
def test_a_limit(seconds: list[LoadSecond], reason: str, bias: str, said: str) -> None:
    limit = generator_limit(seconds)
    assert limit is not None
    assert (limit.reason, limit.bias) == (reason, bias)
    assert said in limit.message
    assert limit.hint


def test_a_tighter_lag() -> None:
    limit = generator_limit(minute(), lag_ms_max=3)
    assert limit is not None
    assert "more than 3 ms behind its own schedule, 4 ms at worst" in limit.message
