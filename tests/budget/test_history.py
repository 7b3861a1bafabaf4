"""A real Prometheus with three days of known history: what is left, how it burns, what may run."""

import datetime
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from seatrial.budget.history import counts_over, seen_over
from seatrial.budget.planned import PlannedBudget
from seatrial.files.experiment_file import read_experiment
from seatrial.plan.plan import Plan
from seatrial.plan.resolve import make_plan
from seatrial.prometheus.answers import BadAnswer
from seatrial.prometheus.client import open_client
from seatrial.prometheus.server import PrometheusServer
from seatrial.shop.monitor import Monitor, find_prometheus
from seatrial.slo.slo import Slo
from seatrial.slo.slo_file import read_slos
from seatrial.testing.backfill import Life, MadeUpTarget, backfill, openmetrics
from tests.command_line import invoke

DAY_S = 86_400.0
PER_S = 0.1
SLOS = """
slos:
  calm: &calm
    service: shop
    bad: requests_total{job="calm",code="500"}
    total: requests_total{job="calm"}
    objective: 99%
    window: 3d
  sliced: {<<: *calm, slices: {length: 1 h, at_least: 90%}}
  spent: {<<: *calm, bad: 'requests_total{job="spent",code="500"}', total: 'requests_total{job="spent"}'}
  burning:
    <<: *calm
    bad: requests_total{job="burning",code="500"}
    total: requests_total{job="burning"}
  new: {<<: *calm, bad: 'requests_total{job="new",code="500"}', total: 'requests_total{job="new"}'}
  nobody: {<<: *calm, bad: 'requests_total{job="nobody",code="500"}', total: 'requests_total{job="nobody"}'}
  perfect: {<<: *calm, objective: 100%}
"""
BAD = {"calm": 60, "spent": 300, "burning": 100, "new": 2}
"""Bad events of each job; a day has 8640 events, and three days may have 259 bad ones."""


@dataclass
class Past:
    url: str
    now_s: float
    folder: Path


def job(name: str, now_s: float) -> MadeUpTarget:
    chance = random.Random(name)
    begin_s = now_s - (6 * 3600 if name == "new" else 3 * DAY_S - 60)
    count = round((now_s - begin_s) * PER_S)
    good = sorted(chance.uniform(begin_s, now_s) for _ in range(count))
    bad_since_s = now_s - (600 if name == "burning" else (now_s - begin_s - 120))
    bad = sorted(chance.uniform(bad_since_s, now_s) for _ in range(BAD[name]))
    events = {"200": good, "500": bad}
    return MadeUpTarget(name, (Life(begin_s),), events, every_s=30, phase_s=now_s)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    if find_prometheus() is None and os.environ.get("CI"):
        pytest.fail("prometheus is missing in CI, though it is in .ci/debian-packages")
    if find_prometheus() is None:
        pytest.skip("prometheus is missing: apt-get install prometheus")
    folder = tmp_path_factory.mktemp("past")
    now_s = datetime.datetime.now(datetime.UTC).timestamp()
    backfill(folder, "".join(openmetrics([job(n, now_s)], n, now_s - 3 * DAY_S, now_s) for n in BAD))
    (folder / "slos.yaml").write_text(SLOS)
    with Monitor([], folder=folder) as monitor:
        yield Past(monitor.url, now_s, folder)


def slo(past: Past, name: str) -> Slo:
    return read_slos(past.folder / "slos.yaml").chosen(name)


@pytest.mark.anyio
async def test_counts_are_those_that_were(past: Past) -> None:
    async with open_client(PrometheusServer(url=past.url)) as client:
        for name, bad in BAD.items():
            counts = await counts_over(client, slo(past, name), 3 * DAY_S)
            assert counts.bad == pytest.approx(bad, rel=0.05, abs=2)
        seen = await seen_over(client, slo(past, "new"), 3 * DAY_S)
        assert seen.covered_s == pytest.approx(6 * 3600, rel=0.05)
        nobody = await seen_over(client, slo(past, "nobody"), 3 * DAY_S)
        assert (nobody.total, nobody.covered_s) == (0, 0)
        sliced = await seen_over(client, slo(past, "sliced"), 3 * DAY_S)
        assert sliced.total == pytest.approx(72, abs=1)
        assert sliced.bad == 0


@pytest.mark.anyio
async def test_a_server_that_does_not_answer_says_so(past: Past) -> None:
    async with open_client(PrometheusServer(url="http://127.0.0.1:1")) as client:
        with pytest.raises(BadAnswer):
            await seen_over(client, slo(past, "calm"), DAY_S)


def planned(past: Past, name: str, more: str = "", *, url: str = "") -> Plan:
    path = past.folder / f"{name}.yaml"
    path.write_text(
        f"title: A title\nhypothesis: It holds.\nseed: 1\nbaseline: 10 min\n"
        f'prometheus: {{main: {{url: "{url or past.url}"}}}}\n'
        f'slis: {{steady: {{slo: "slos.yaml#{name}", under_fault: ">= 50%"}}}}\n'
        f"budget: {{keep_budget: 10%{more}}}\n"
    )
    return make_plan(read_experiment(path))


def budget(past: Past, name: str, more: str = "") -> PlannedBudget:
    found = planned(past, name, more).budget
    assert found is not None
    return found


def test_a_calm_service_may_be_tried(past: Past) -> None:
    found = budget(past, "calm")
    assert found.standing.remaining == pytest.approx(1 - 60 / 260, abs=0.03)
    assert found.refusals == ()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("spent", "of the error budget is left, and 10 % has to be kept"),
        ("burning", "the budget burns already: 1.44x over 1 h and 5 min"),
        ("new", "history covers only 8% of the window so far"),
        ("nobody", "nothing was counted in the window"),
        ("perfect", "an objective of 100 % has no budget"),
    ],
)
def test_a_budget_forbids(past: Past, name: str, reason: str) -> None:
    found = budget(past, name)
    assert any(reason in one for one in found.refusals), found.refusals


def test_without_a_server_nothing_is_known(past: Past) -> None:
    found = planned(past, "calm", url="http://127.0.0.1:1").budget
    assert found is not None
    assert "connection refused" in found.refusals[0]


def test_the_plans_hash_stays_and_an_approval_is_bound_to_it(past: Past) -> None:
    _write_policy(past, "")
    first = planned(past, "spent", ", policy: policy.yaml")
    assert first.budget is not None
    assert first.budget.refusals
    _write_policy(past, first.digest[:12])
    second = planned(past, "spent", ", policy: policy.yaml")
    assert second.digest == first.digest
    assert second.budget is not None
    assert second.budget.refusals == ()
    assert second.budget.approval is not None
    assert any("approved by alice" in line for line in second.budget.lines())
    assert planned(past, "spent", ", policy: policy.yaml, cap: 50%").budget.refusals  # type: ignore[union-attr]


def _write_policy(past: Past, digest: str) -> None:
    path = past.folder / "policy.yaml"
    given = f'[{{plan: "{digest}", by: alice, reason: r, until: "2999-01-01"}}]' if digest else "[]"
    path.write_text(f"may_except: [alice]\nkeep_budget: 10%\nexceptions: {given}\n")


def test_the_command_and_its_gate(past: Past) -> None:
    planned(past, "calm")
    planned(past, "spent")
    calm, over = (str(past.folder / f"{name}.yaml") for name in ("calm", "spent"))
    runs = ["--runs", str(past.folder / "runs")]
    shown = invoke(["budget", calm, over, *runs])
    assert shown.exit_code == 0, shown.output
    assert "left 77" in shown.stdout or "left 76" in shown.stdout
    assert "FORBIDDEN" in shown.stdout
    assert invoke(["budget", "--gate", calm, *runs]).exit_code == 0
    assert invoke(["budget", "--gate", calm, over, *runs]).exit_code == 3
