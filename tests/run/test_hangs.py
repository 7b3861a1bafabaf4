"""A service that does not answer any more, and clients that wait patiently: nobody counts, unless we do."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.journal.entries import Phase, StopKind
from seatrial.shop import Shop
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import Outcome
from tests.run.runs import run

HOLD_S = 20.0


def experiment(shop: Shop, slis: dict[str, JsonValue], paused: str) -> dict[str, JsonValue]:
    """Replicas of a fragile shop hang for 20 s, and its clients wait for 30 s."""
    return {
        "title": "Some hang",
        "hypothesis": "Nobody notices.",
        "slis": slis,
        "load": {
            "requests": [{"path": "/products"}],
            "host": shop.url,
            "rate": "100/s",
            "request_timeout": "30 s",
            "warm_up": "1 s",
        },
        "baseline": "5 s",
        "faults": [
            {
                "action": "process.pause",
                "targets": {"process": {"cmdline": f"shop-replica .*--shop {shop.shop_id}"}},
                "stages": [paused],
                "for": f"{HOLD_S:g} s",
            }
        ],
        "blast_radius": {"max_targets": 3, "max_share": "100%", "max_duration": "1 min"},
        "recover_within": "10 s",
        "settle": "1 s",
    }


@pytest.mark.parametrize(
    ("paused", "within_s"),
    [
        pytest.param("1", 12.0, id="a third", marks=pytest.mark.slow),
        pytest.param("100%", 6.0, id="all", marks=pytest.mark.slow),
    ],
)
def test_the_latency_guard_sees_a_hang_while_it_lasts(tmp_path: Path, paused: str, within_s: float) -> None:
    slis: dict[str, JsonValue] = {
        "latency": {"load": "p95", "objective": "< 400 ms"},
        "availability": {"load": "success_ratio", "objective": ">= 95%"},
    }
    with Shop(fragile=True) as shop:
        record = run(tmp_path, experiment(shop, slis, paused))
    assert record.stop is not None
    assert record.stop[1].why is StopKind.GUARD, record.stop
    assert record.verdict.outcome is Outcome.FAILED, record.verdict
    assert "slower than" in record.stop[1].reason
    fault = record.span(Phase.FAULT)
    assert fault is not None
    assert record.stop[0] - fault.begin_s < within_s
    latency = record.verdict.of("latency", Phase.FAULT)
    assert latency is not None
    assert latency.status is Status.DEVIATED, latency
    availability = record.verdict.of("availability", Phase.FAULT)
    assert availability is not None
    assert availability.status is not Status.HELD, availability
