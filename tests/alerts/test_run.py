"""Whole runs against a real Prometheus and Alertmanager: an alert that fires, and a budget that stops."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.journal.entries import Noted, StopKind, Undone, UndoResult
from seatrial.plan.resolve import make_plan
from seatrial.record import RunRecord
from seatrial.run import locks
from seatrial.testing.live_run import LiveRun
from seatrial.verdict.status import Status
from seatrial.verdict.verdict import Outcome
from seatrial.view import RunView
from tests.alerts.conftest import World, becomes, end_silences, silences
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
    assert quiet.paged, "the pager was not told, so it says nothing where it is silent"


def test_an_alert_that_others_are_told_of(quiet: World, tmp_path: Path) -> None:
    wrong = {**EXPECTED, "receiver": "oncall"}
    del wrong["resolved_within"]
    record = run(tmp_path, experiment(quiet, alerts=[wrong]))
    assert record.verdict.outcome is Outcome.FAILED
    assert any("it tells pager in place of oncall" in reason for reason in record.verdict.reasons)


def test_an_outage_silences_the_alert_on_its_own_ratio(quiet: World, tmp_path: Path) -> None:
    expected = {"expect": "Errors", "labels": {"service": "shop"}, "within": "12 s"}
    outage = experiment(quiet, alerts=[expected], default_guards=False)
    outage["slis"] = {"answers": {"http": f"http://{quiet.page}", "objective": "ok == true"}}
    outage["faults"][0]["with"] = {
        "run": f"touch {quiet.dead}",
        "undo": f"rm -f {quiet.dead}",
        "check": f"test -e {quiet.dead}",
    }
    record = run(tmp_path, outage)
    (alert,) = (one for one in record.verdict.objectives if one.sli == "alert Errors")
    assert (alert.status, alert.decision.reason) == (
        Status.DEVIATED,
        "it did not fire: its query has no series: there is nothing for it to fire on",
    )
    assert record.verdict.outcome is Outcome.FAILED


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


SILENCE = {"matchers": {"service": "shop"}, "quiet": "3 s"}


def test_a_silence_keeps_the_pager_quiet_until_the_alert_is_over(quiet: World, tmp_path: Path) -> None:
    quiet.paged.clear()
    record = run(tmp_path, experiment(quiet, alerts=[EXPECTED], silence=[SILENCE]))
    assert record.verdict.outcome is Outcome.PASSED, record.verdict.reasons
    (silence,) = record.precautions
    assert silence.undo is not None
    assert (silence.undo.result, record.hit[0].fault.action) == (UndoResult.RESTORED, "command")
    assert record.recovered is not None
    assert [one.text for one in record.events if "undo by" in one.text][-1].startswith("undo by runner: rest")
    assert not silences(quiet.alertmanager)
    assert not quiet.paged
    told = dict(RunView(record).facts())
    assert told[f"silence on {quiet.alertmanager.removeprefix('http://')}"] == "restored by runner"


def killed_while_it_fires(world: World, folder: Path, **silence: str) -> LiveRun:
    """A run with a silence whose runner dies by SIGKILL while the silenced alert fires; at its end."""
    file = experiment(world, alerts=[EXPECTED], silence=[{**SILENCE, **silence}])
    with LiveRun(folder, file) as live:
        seen = live.await_entry("alert_seen")
        while seen["state"] != "firing":
            seen = live.await_entry("alert_seen", len(live.entries("alert_seen")) + 1)
        assert [one["createdBy"] for one in silences(world.alertmanager)] == [f"seatrial {live.run.id}.p0.t0"]
        live.kill("runner")
        live.exit_code()
        live.await_over(60)
    return live


def test_a_silence_of_a_killed_run_is_ended_by_the_guardian_and_not_early(
    quiet: World, tmp_path: Path
) -> None:
    quiet.paged.clear()
    live = killed_while_it_fires(quiet, tmp_path)
    undone = live.run.journal().all(Undone)
    assert [(one.id, one.result, one.by) for one in undone] == [
        ("f0.t0", UndoResult.RESTORED, "guardian"),
        ("p0.t0", UndoResult.RESTORED, "guardian"),
    ]
    assert any("is kept for now: Errors is firing" in one.text for one in live.run.journal().all(Noted))
    assert not silences(quiet.alertmanager)
    assert not becomes(lambda: bool(quiet.paged), 5), "it was ended too early"


def test_a_silence_that_is_still_needed_is_left_to_end_by_itself(quiet: World, tmp_path: Path) -> None:
    live = killed_while_it_fires(quiet, tmp_path, patience="0 s")
    left = live.run.journal().all(Undone)[-1]
    assert (left.result, left.by) == (UndoResult.EXPIRES, "guardian")
    assert re.fullmatch(r"Errors is firing.*: it ends by itself at \d\d:\d\d:\d\d UTC", left.reason)
    assert len(silences(quiet.alertmanager)) == 1
    end_silences(quiet.alertmanager)
