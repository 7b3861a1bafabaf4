"""Real runs in this process, of experiments written as Python."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import anyio
from pydantic import JsonValue

from seatrial.files.experiment_file import ExperimentFile, read_experiment
from seatrial.journal.entries import Entry
from seatrial.plan.resolve import make_plan
from seatrial.record import RunRecord
from seatrial.run.runner import Runner
from seatrial.store import Store

TESTING_PACK = Path(__file__).parents[1] / "packs/testing"


def written(
    folder: Path, experiment: Mapping[str, JsonValue], packs: Sequence[Path] = (TESTING_PACK,)
) -> ExperimentFile:
    """The experiment as a file that was read."""
    path = folder / "experiment.json"
    path.write_text(json.dumps(experiment))
    return read_experiment(path, packs=packs)


def run(
    folder: Path, experiment: Mapping[str, JsonValue], *, seed: int = 1, control: bool = False
) -> RunRecord:
    """Run it from end to end, keeping its journal in `folder`."""
    file = written(folder, experiment)
    plan = make_plan(file, seed, control=control)
    return anyio.run(Runner(file, plan, Store(folder / "runs"), _unseen, _unheard).run)


def _unseen(t_s: float, entry: Entry) -> None:
    """No display."""


def _unheard(text: str) -> None:
    """No terminal."""
