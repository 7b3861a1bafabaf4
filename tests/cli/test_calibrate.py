"""`seatrial calibrate` on a real, healthy service."""

import json
from pathlib import Path

from seatrial.journal.entries import Phase, PhaseStarted
from seatrial.shop import Shop
from seatrial.store import Store
from tests.cli.conftest import Run


def test_a_healthy_shop_and_an_objective_beyond_its_means(run: Run, tmp_path: Path) -> None:
    """One A/A run: nothing is injected, though its target is not even there; one objective is too tight."""
    file, runs = tmp_path / "experiment.json", tmp_path / "runs"
    with Shop() as shop:
        experiment = {
            "title": "Calibrate",
            "hypothesis": "The gate lets a healthy shop pass.",
            "slis": {
                "availability": {"load": "success_ratio", "objective": ">= 95%"},
                "instant": {"load": "p95", "objective": "< 2 s", "under_fault": "< 1 ms"},
            },
            "load": {"requests": [{"path": "/products"}], "host": shop.url, "rate": "50/s"},
            "baseline": "2 s",
            "default_guards": False,
            "faults": [
                {
                    "action": "process.kill",
                    "targets": {"process": {"cmdline": "no such process anywhere"}},
                    "for": "2 s",
                }
            ],
            "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "1 min"},
        }
        file.write_text(json.dumps(experiment))
        said = run("calibrate", file, "--times", "1", "--json", "--runs", runs)
    assert said.code == 4, said.err
    found = json.loads(said.out)
    assert (found["runs"], found["failed"], found["stopped"]) == (1, 1, 0)
    rows = {(row["sli"], row["phase"]): row for row in found["objectives"]}
    assert rows["availability", "fault"]["held"] == 1
    assert "of events bad" in rows["availability", "fault"]["smallest_change"]
    assert rows["instant", "fault"]["deviated"] == 1
    assert "is too tight: 1 of 1 healthy runs missed it" in rows["instant", "fault"]["advice"]
    [kept] = Store(runs).runs()
    entries = [line.entry.kind for line in kept.journal().lines]
    assert "intended" not in entries
    phases = [entry.phase for entry in kept.journal().all(PhaseStarted)]
    assert phases == [Phase.PREFLIGHT, Phase.BASELINE, Phase.FAULT]
