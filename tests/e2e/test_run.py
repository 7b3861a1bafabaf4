"""A whole run through the real command line, on the shop: what it says, what it leaves, how it ends."""

import json
import re
from pathlib import Path

from seatrial.pack import load_packs
from seatrial.record import record_of
from seatrial.shop import Shop
from seatrial.store import Run
from seatrial.targets.process import state
from tests.e2e.conftest import Command, paused_replica, written

LOAD = {
    "availability": {"load": "success_ratio", "objective": ">= 95%"},
    "latency": {"load": "p95", "objective": "< 500 ms", "under_fault": "< 1 s"},
}


def test_a_run_with_load_passes_and_can_be_told_again(seatrial: Command, elsewhere: Path, shop: Shop) -> None:
    load = {"host": shop.url, "requests": [{"path": "/products"}], "rate": "100/s"}
    experiment = paused_replica(shop, load=load, baseline="3 s", interval="500 ms", settle="1 s")
    experiment["slis"] |= LOAD
    experiment["faults"][0]["for"] = "3 s"
    done = seatrial("run", written(elsewhere, "hang.json", experiment), "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("PASSED  The hypothesis held: all 4 objectives were kept")
    assert all(state(replica.pid) != "T" for replica in shop.replicas)

    [folder] = (elsewhere / "runs").iterdir()
    assert f"report: {folder}/report.html\n" in done.stdout
    for report in load_packs().reports.values():
        assert (folder / report.file_name).stat().st_size > 0
    record = record_of(Run(folder).journal())
    assert record.plan.seed == 7
    assert record.fault_window is not None
    assert sum(second.scheduled for _, second in record.load) > 600

    again = seatrial("report", "latest", "--format", "json", "--output", "-")
    assert json.loads(again.stdout) == json.loads((folder / "report.json").read_text())
    listed = json.loads(seatrial("runs", "--json").stdout)
    assert listed == {"run": folder.name, "outcome": "passed", "summary": record.verdict.headline}


def test_a_failing_run_names_the_objective_and_hits_what_its_plan_showed(
    seatrial: Command, elsewhere: Path, shop: Shop
) -> None:
    experiment = paused_replica(shop)
    experiment["slis"]["running"]["under_fault"] = "running >= 3"
    file = written(elsewhere, "hang.json", experiment)
    planned = json.loads(seatrial("plan", file, "--json", "--seed", "11").stdout)
    done = seatrial("run", file, "--seed", "11")
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("FAILED  The hypothesis did not hold: running `running >= 3` deviated")
    missed = r"deviated +fault +running running >= 3: \d of 5 consecutive readings missed"
    assert re.search(missed, done.stdout)
    assert all(state(replica.pid) != "T" for replica in shop.replicas)
    [target] = planned["faults"][0]["targets"]
    assert f"injected process.pause on pid {target['target']['pid']} " in done.stderr


def test_of_several_files_the_gravest_counts(seatrial: Command, elsewhere: Path, shop: Shop) -> None:
    unclear = paused_replica(shop)
    unclear["slis"]["running"]["objective"] = "running >= 4"
    first = written(elsewhere, "unclear.json", unclear)
    second = written(elsewhere, "good.json", paused_replica(shop))
    done = seatrial("run", first, second)
    assert done.returncode == 4, done.stdout + done.stderr
    assert re.findall(r"^[A-Z]+(?=  )", done.stdout, re.MULTILINE) == ["INCONCLUSIVE", "PASSED"]


def test_a_wrong_file_among_several_runs_none(seatrial: Command, elsewhere: Path, shop: Shop) -> None:
    good = written(elsewhere, "good.json", paused_replica(shop))
    bad = written(elsewhere, "bad.json", paused_replica(shop, titel="a typing error"))
    done = seatrial("run", good, bad)
    assert done.returncode == 2
    assert "bad.json:1:" in done.stderr
    assert "did you mean `title`?" in done.stderr
    assert not (elsewhere / "runs").exists()


def test_a_refused_plan_leaves_nothing(seatrial: Command, elsewhere: Path, shop: Shop) -> None:
    caps = {"max_targets": 1, "max_share": "10%", "max_duration": "1 min"}
    file = written(elsewhere, "wide.json", paused_replica(shop, blast_radius=caps))
    planned, done = seatrial("plan", file), seatrial("run", file)
    assert (planned.returncode, done.returncode) == (3, 3)
    assert "33.33 % of the population would be hit, but max_share is 10 %" in planned.stdout
    assert "33.33 % of the population would be hit, but max_share is 10 %" in done.stderr
    assert list((elsewhere / "runs").glob("*")) == []
