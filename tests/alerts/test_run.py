"""Whole runs against a real Prometheus and Alertmanager: an alert that fires, and a budget that stops."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.journal.entries import StopKind
from seatrial.plan.resolve import make_plan
from seatrial.record import RunRecord
from seatrial.run import locks
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import Outcome
from seatrial.view import RunView
from tests.alerts.conftest import World, becomes
from tests.run.runs import run, written

pytestmark = pytest.mark.slow

SLOS = """
slos:
  answered:
    service: shop
    bad: r_total{job="calm",code="500"}
    total: r_total{job="calm"}
    objective: 90%
    window: 1d
"""


def experiment(world: World, **more: Any) -> dict[str, Any]:
    (world.folder / "slos.yaml").write_text(SLOS)
    return {
        "title": "Half of the requests fail",
        "hypothesis": "Somebody is told.",
        "seed": 1,
        "prometheus": {"main": {"url": world.prometheus.url}},
        "alertmanager": {"url": world.alertmanager},
        "slis": {"steady": {"slo": f"{world.folder}/slos.yaml", "under_fault": ">= 20%"}},
        "faults": [
            {
                "action": "command",
                "with": {
                    "run": f"touch {world.flag}",
                    "undo": f"rm -f {world.flag}",
                    "check": f"test -e {world.flag}",
                },
                "targets": {"host": {}},
                "for": "14 s",
            }
        ],
        "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "1 min"},
        "baseline": "8 s",
        "recover_within": "20 s",
        "settle": "2 s",
        **more,
    }


@pytest.fixture
def quiet(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Scraped for long enough, without an alert from the test before, and this machine to itself."""
    monkeypatch.setenv(locks.ENVIRONMENT, str(tmp_path / "locks"))
    file = written(tmp_path, experiment(world, alerts=[{"expect": "Errors"}]))
    assert becomes(lambda: not make_plan(file).forbidden, 30), make_plan(file).forbidden
    yield world
    world.flag.unlink(missing_ok=True)


EXPECTED = {
    "expect": "Errors",
    "labels": {"service": "shop"},
    "within": "12 s",
    "resolved_within": "20 s",
    "receiver": "pager",
}


def test_an_alert_fires_and_is_over_and_the_spend_is_told(quiet: World, tmp_path: Path) -> None:
    alerts = [EXPECTED, {"must_not_fire": "Elsewhere"}]
    record = run(tmp_path, experiment(quiet, alerts=alerts, budget={"keep_budget": "10%"}))
    judged = {one.sli: one for one in record.verdict.objectives if one.sli.startswith("alert")}
    assert [one.status for one in judged.values()] == [Status.HELD, Status.HELD], judged
    assert "and was over" in judged["alert Errors"].decision.reason
    assert record.verdict.outcome is Outcome.PASSED, record.verdict.reasons
    view = RunView(record).budget
    assert view is not None
    part = view.part
    assert part.spent_low is not None
    assert part.spent_high is not None
    # 14 s of 10 bad events a second, out of 10 % of three days at what was usual
    true = 14 * 10 / view.planned.standing.allowed
    assert 0.5 * true < part.spent_low < true < part.spent_high < 2 * true
    assert part.planned is not None
    assert any("of the error budget" in line for line in view.lines())


def test_an_alert_that_others_are_told_of(quiet: World, tmp_path: Path) -> None:
    wrong = {**EXPECTED, "receiver": "oncall"}
    del wrong["resolved_within"]
    record = run(tmp_path, experiment(quiet, alerts=[wrong]))
    assert record.verdict.outcome is Outcome.FAILED
    assert any("it tells pager in place of oncall" in reason for reason in record.verdict.reasons)


def test_a_budget_stops_the_run(quiet: World, tmp_path: Path) -> None:
    limited = {"budget": {"keep_budget": "10%"}, "stop_when": ["budget_spent > 1%"]}
    record = run(tmp_path, experiment(quiet, **limited))
    assert record.stop is not None
    assert record.stop[1].why is StopKind.GUARD
    assert "budget_spent <= 1 %" in record.stop[1].reason
    assert record.verdict.outcome is Outcome.FAILED
    assert not quiet.flag.exists()
    assert faulty_s(record) < 12


def faulty_s(record: RunRecord) -> float:
    return sum(end - begin for begin, end in record.faulty)
