"""`requires:` through the real command: somebody else's incident ends a run, and fails nothing."""

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from tests.cli.conftest import Run
from tests.run.runs import TESTING_PACK


def experiment(alert: Path) -> dict[str, JsonValue]:
    """The fault rings the neighbour's alarm, and breaks the SLI with it."""

    def rings(number: int) -> str:
        return f"echo {number} > {alert}.new && mv {alert}.new {alert}"

    probe: dict[str, JsonValue] = {"scripted": {"file": str(alert)}}
    return {
        "title": "The neighbour burns",
        "hypothesis": "Nobody is to blame for the neighbour's fire.",
        "slis": {"steady": {**probe, "objective": "< 2", "under_fault": "== 0", "deviates_at": "2 of 2"}},
        "requires": {"no_alert": {**probe, "objective": "== 0", "deviates_at": "2 of 2"}},
        "interval": "250 ms",
        "default_guards": False,
        "baseline": "1 s",
        "faults": [
            {
                "action": "command",
                "with": {"run": rings(1), "undo": rings(0)},
                "targets": {"host": {}},
                "for": "20 s",
            }
        ],
        "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "1 min"},
        "recover_within": "5 s",
        "settle": "500 ms",
    }


@pytest.mark.parametrize("before", [0, 1], ids=["under the fault", "before it"])
def test_an_alert_makes_a_run_inconclusive(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    monkeypatch.setenv("SEATRIAL_LOCKS", str(tmp_path / "locks"))
    alert, file = tmp_path / "alert.json", tmp_path / "experiment.json"
    alert.write_text(str(before))
    file.write_text(json.dumps(experiment(alert)))
    said = run("run", file, "--pack", TESTING_PACK, "--runs", tmp_path / "runs")
    assert said.code == 4, said.out + said.err
    assert said.out.startswith("INCONCLUSIVE  Nothing is proven: interrupted by the environment after")
    assert ("steady `== 0` deviated under fault" in said.out) == (not before)
    assert alert.read_text().strip() == str(before)
