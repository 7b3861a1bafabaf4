"""`seatrial run`, `check`, `plan` and `halt` with experiments of the Chaos Toolkit, as a user meets them."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from seatrial.testing.live_run import LiveRun, seatrial
from tests.toolkit.experiments import Document, experiment, fault, is_broken, probe, python, repair, sh
from tests.toolkit.parity import DRIVERS

ENVIRONMENT = {"PYTHONPATH": str(DRIVERS)}


def command(folder: Path, file: Document, *arguments: str) -> "subprocess.CompletedProcess[str]":
    path = folder / "experiment.json"
    path.write_text(json.dumps(file, indent=1))
    return subprocess.run(
        [*seatrial(*arguments[:1]), str(path), *arguments[1:]],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
        check=False,
    )


def test_secrets_are_nowhere(tmp_path: Path) -> None:
    secrets = {"g": {"literal": "literally-5ecret", "env": {"type": "env", "key": "TRIAL_SECRET"}}}
    values = ["literally-5ecret", "out-of-the-environment"]
    shown = python("shows", "trial:give", arguments={"value": ["${literal}", "<${env}>"]})
    fails = python("fails", "trial:fail", "probe", arguments={"text": "no ${literal}"})
    told = sh("tells", "echo $0 >&2", provider={"arguments": ["-c", "echo $0 $1", "${literal}", "${env}"]})
    configuration = {"dynamic": python("dyn", "trial:give", "probe", arguments={"value": "see ${env}"})}
    back = python("back", "trial:fail", arguments={"text": "${env}"})
    file = experiment(
        [shown, fails, told], [back, repair(tmp_path)], secrets=secrets, configuration=configuration
    )
    live = LiveRun(
        tmp_path / "live",
        file,
        options=["--journal-path", str(tmp_path / "journal.json")],
        environment={**ENVIRONMENT, "TRIAL_SECRET": values[1]},
    )
    with live:
        assert live.exit_code() == 5, live.said
        live.await_over()
        written = [path for path in live.run.folder.iterdir() if path.is_file()]
        texts = {
            str(path): path.read_text(errors="replace") for path in [*written, tmp_path / "journal.json"]
        }
        texts["said"] = live.said
        for name, text in texts.items():
            for value in values:
                assert value not in text, name
        assert "${secret:g.literal}" in texts[str(tmp_path / "journal.json")]


def test_a_key_that_nobody_reads_is_told_with_its_line(tmp_path: Path) -> None:
    file = {**experiment([fault(tmp_path)]), "rollback": [repair(tmp_path)]}
    for name in ("check", "plan"):
        done = command(tmp_path, file, name)
        assert done.returncode == 0, done.stderr
        assert "unknown key `rollback`" in done.stderr
        assert "did you mean `rollbacks`?" in done.stderr
        assert "has neither a known inverse nor a declared rollback" in done.stderr + done.stdout
    assert not is_broken(tmp_path)


def test_the_plan_shows_every_action_with_its_undo(tmp_path: Path) -> None:
    scale = python(
        "scale", "chaosk8s.deployment.actions:scale_deployment", arguments={"name": "x", "replicas": 0}
    )
    done = command(tmp_path, experiment([scale, sh("act", "true")], [repair(tmp_path)]), "plan")
    assert done.returncode == 0, done.stderr
    for text in (
        "`scale`",
        "undo: scale it back to the replicas that it had",
        "`act`",
        "the file's rollbacks",
    ):
        assert text in done.stdout
    plan = json.loads(command(tmp_path, experiment([scale]), "plan", "--json").stdout)
    assert plan["script"]["rollbacks"] == "default"
    assert [fault["targets"][0]["target"]["kind"] for fault in plan["faults"]] == ["activity"]


def test_nothing_of_the_file_is_run_by_check_and_plan(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    dynamic = {"d": sh("dyn", f"touch {touched}", "probe")}
    looks = {**sh("looks", f"touch {touched}", "probe"), "tolerance": 0}
    file = experiment([sh("act", f"touch {touched}")], probes=[looks], configuration=dynamic)
    for name in ("check", "plan"):
        assert command(tmp_path, file, name).returncode == 0
    assert not touched.exists()


def test_halt_ends_it_and_refuses_the_next(tmp_path: Path) -> None:
    file = experiment([fault(tmp_path), sh("long", "sleep 60")], [repair(tmp_path)])
    with LiveRun(tmp_path / "live", file) as live:
        live.await_entry("performing", 2)
        assert live.command("halt", "--reason", "lunch").returncode == 0
        live.exit_code()
        assert not is_broken(tmp_path)
        assert live.command("run", str(live.folder / "experiment.json")).returncode == 3
        runs = live.command("runs").stdout
        assert live.run.id in runs


def test_its_journal_is_the_chaos_toolkits_too(tmp_path: Path) -> None:
    looks = probe("looks", "trial:give", {"type": "range", "range": [0, 2]}, arguments={"value": 1})
    file = experiment(
        [python("act", "trial:give", arguments={"value": {"a": 1}})], [repair(tmp_path)], probes=[looks]
    )
    done = command(tmp_path, file, "run", "--journal-path", "out.json")
    assert done.returncode == 0, done.stdout + done.stderr
    journal: dict[str, Any] = json.loads((tmp_path / "out.json").read_text())
    assert journal["status"] == "completed"
    assert [run["output"] for run in journal["run"]] == [{"a": 1}]
    assert [run["activity"]["name"] for run in journal["rollbacks"]] == ["repair"]
    assert journal["steady_states"]["after"]["steady_state_met"] is True
    (folder,) = (tmp_path / "runs").iterdir()
    assert json.loads((folder / "journal.json").read_text()) == journal
    assert {"report.html", "report.md", "report.json", "report.junit.xml"} <= set(os.listdir(folder))


@pytest.mark.parametrize("what", ["actions", "activities"])
def test_a_dry_run_does_nothing(tmp_path: Path, what: str) -> None:
    done = command(tmp_path, experiment([fault(tmp_path)], [repair(tmp_path)]), "run", "--dry", what)
    assert done.returncode == 4, done.stderr
    assert not is_broken(tmp_path)
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    ("given", "written"),
    [('"a \\ud800 b"', "a ? b"), ("NaN", None), ("1180591620717411303424", 2**70)],
    ids=["half a pair", "no number", "a large one"],
)
def test_what_no_file_could_hold_is_written_as_far_as_it_can_be(
    given: str, written: object, tmp_path: Path
) -> None:
    loads = python("loads", "json:loads", arguments={"s": given})
    journal = tmp_path / "journal.json"
    alone = {**loads, "pauses": {"before": 0.001}}
    done = command(tmp_path, experiment([loads, loads, alone]), "run", "--journal-path", str(journal))
    assert done.returncode == 4, done
    runs = json.loads(journal.read_text())["run"]
    assert [(run["status"], run["output"]) for run in runs] == [("succeeded", written)] * 3
