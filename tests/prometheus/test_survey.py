"""Before the run: what the plan says and refuses, and what `seatrial probe` shows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.files.problem import InvalidFile
from seatrial.plan.plan import Plan
from seatrial.plan.resolve import make_plan
from seatrial.shop.monitor import Monitor
from seatrial.testing.backfill import Life, MadeUpTarget
from tests.command_line import invoke
from tests.net.server import free_port
from tests.prometheus.conftest import played, wall_s
from tests.run.runs import written

GOOD, TOTAL = 'requests_total{job="shop",code!~"5.."}', 'requests_total{job="shop"}'


def experiment(url: str, asked: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "title": "A look",
        "hypothesis": "It is seen.",
        "prometheus": {"main": {"url": url}},
        "slis": {
            "availability": {
                "prometheus": asked or {"good": GOOD, "total": TOTAL},
                "objective": ">= 98%",
                "under_fault": ">= 95%",
            }
        },
        "faults": [
            {
                "action": "testing.marker",
                "with": {"folder": "/nowhere"},
                "targets": {"endpoint": {"addresses": ["127.0.0.1:1"]}},
                "for": "30 s",
            }
        ],
        "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "1 min"},
        **more,
    }


def plan(folder: Path, url: str, asked: dict[str, Any] | None = None, **more: Any) -> Plan:
    return make_plan(written(folder, experiment(url, asked, **more)), seed=1)


def test_what_the_plan_says(shop_of_three: Monitor, tmp_path: Path) -> None:
    made = plan(tmp_path, shop_of_three.url)
    assert made.refusals == ()
    assert made.slis[0].every_s == 1
    assert "availability: 3 of 3 targets, scraped every 1 s" in made.notes
    guard = next(text for text in made.notes if text.startswith("guard `availability"))
    assert "sees 100 % of errors after" in guard
    assert "20 % of errors after" in guard
    baseline, fault = made.samples
    assert baseline.expected is not None
    assert 0.7 * 150 * 28 < baseline.expected < 1.3 * 150 * 28  # without a scrape at either end
    assert fault.expected is not None
    again = plan(tmp_path, shop_of_three.url)
    assert again.digest == made.digest  # whatever the traffic is just now


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"good": GOOD, "total": "requests_totl"}, "has no metric requests_totl: mend the name"),
        ({"good": 'requests_total{cod!~"5.."}', "total": TOTAL}, "no series of it has a label 'cod'"),
        ({"bad": 'errors_total{code="5"}', "total": TOTAL}, "has no metric errors_total"),
        ({"good": GOOD, "total": 'requests_total{job="shp"}'}, "no series matches requests_total"),
    ],
)
def test_a_typo_is_refused(shop_of_three: Monitor, tmp_path: Path, asked: dict[str, Any], said: str) -> None:
    refusals = plan(tmp_path, shop_of_three.url, asked).refusals
    assert any(said in refusal for refusal in refusals), refusals


def test_a_target_that_is_down_is_refused(tmp_path: Path, require_program: Callable[..., Path]) -> None:
    require_program("prometheus")
    now_s = wall_s()
    events = {"200": [now_s + n / 10 for n in range(-900, 0)]}
    up = MadeUpTarget("a", (Life(now_s - 1000),), events, 1.0, now_s)
    down = MadeUpTarget("b", (Life(now_s - 1000, now_s - 5),), events, 1.0, now_s)
    with played(tmp_path, [up, down], now_s) as monitor:
        assert any(
            "1 of 2 targets missing (shop/b: down)" in one for one in plan(tmp_path, monitor.url).refusals
        )
        allowed = {"good": GOOD, "total": TOTAL, "may_be_missing": 1}
        assert plan(tmp_path, monitor.url, allowed).refusals == ()


def test_nobody_there_is_refused(tmp_path: Path) -> None:
    [refusal] = plan(tmp_path, f"http://127.0.0.1:{free_port()}").refusals
    assert refusal == "availability: Prometheus main: connection refused"


def test_a_slow_source_says_what_it_costs(tmp_path: Path, require_program: Callable[..., Path]) -> None:
    require_program("prometheus")
    now_s = wall_s()
    events = {"200": [now_s + n / 10 for n in range(-1000, 0)]}
    slow = MadeUpTarget("a", (Life(now_s - 1000),), events, 15.0, now_s - 7)
    with played(tmp_path, [slow], now_s) as monitor:
        made = plan(tmp_path, monitor.url)
    assert made.slis[0].every_s == 15
    assert made.guards[0].blind_after_s == 45
    [warning] = (text for text in made.warnings if "seldom" in text)
    assert warning.startswith(
        "availability is scraped every 15 s, which is seldom for 30 s of fault: hold it for"
    )


@pytest.mark.parametrize(
    ("servers", "asked", "said"),
    [
        ({"main": {}}, {"server": "mian"}, "no server 'mian' stands under `prometheus`"),
        ({}, {}, "it does not say which server is asked"),
        ({"a": {}, "b": {}}, {}, "name one of `a` and `b` by `server`"),
        ({"a": {}}, {"server": "a", "url": "http://127.0.0.1:1"}, "not both"),
    ],
)
def test_which_server(tmp_path: Path, servers: dict[str, Any], asked: dict[str, Any], said: str) -> None:
    given = experiment("http://127.0.0.1:1", {"good": GOOD, "total": TOTAL, **asked})
    given["prometheus"] = {name: {"url": "http://127.0.0.1:1"} for name in servers}
    with pytest.raises(InvalidFile) as caught:
        written(tmp_path, given)
    [problem] = caught.value.problems
    assert said in f"{problem.message}; {problem.hint}"


def test_probe_shows_what_is_seen(
    shop_of_three: Monitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = experiment(shop_of_three.url)
    del given["faults"]
    given["prometheus"]["main"]["auth"] = {"bearer": "${env:PROM_TOKEN}"}
    given["slis"]["queue"] = {"tcp": f"127.0.0.1:{shop_of_three.port}", "objective": "open == true"}
    file = tmp_path / "probe.json"
    file.write_text(json.dumps(given))
    monkeypatch.setenv("PROM_TOKEN", "s3cr3t-t0ken")
    shown = invoke(["probe", str(file)])
    assert shown.exit_code == 0, shown.output
    assert "availability (prometheus), objective >= 98%" in shown.output
    assert "from 3 of 3 targets, Prometheus main every 1 s; over" in shown.output
    assert "open true" in shown.output
    assert "s3cr3t" not in shown.output
    data = json.loads(invoke(["probe", str(file), "--json"]).stdout)
    assert data["slis"]["availability"]["reading"]["total"] > 100
    shop_of_three.end()
    failed = invoke(["probe", str(file)])
    assert failed.exit_code == 3
    assert "PROBLEM: Prometheus main: connection refused" in failed.output
