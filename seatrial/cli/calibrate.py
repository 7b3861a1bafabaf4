"""`seatrial calibrate`: how often the gate would fail a healthy system."""

import sys
from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Option
from seatrial.cli.console import say, tell
from seatrial.cli.options import RUNS_DEFAULT, ExperimentPath, Packs, RunsFolder, Seed, Sets

if TYPE_CHECKING:
    from seatrial.verdict.calibration import Calibration, ObjectiveCalibration


def calibrate(
    file: ExperimentPath,
    times: Annotated[int, Option("--times", help="How many A/A runs.", min=1, max=1000)] = 5,
    sets: Sets = None,
    packs: Packs = None,
    seed: Seed = None,
    runs: RunsFolder = RUNS_DEFAULT,
    as_json: Annotated[bool, Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run an experiment several times without its fault, and tell what the gate said of a healthy system.

    Tells which objectives are too tight or cannot be decided, how often a guard would have stopped the run,
    and the smallest harm that each objective can see. Injects nothing. Exit 4 where a healthy run did not
    pass.
    """
    import anyio

    from seatrial.cli.options import open_store, overrides
    from seatrial.cli.progress import open_progress
    from seatrial.files.experiment_file import read_experiment
    from seatrial.plan.resolve import make_plan
    from seatrial.run.runner import Runner
    from seatrial.verdict import calibration

    read = read_experiment(file, packs=packs or (), overrides=overrides(sets))
    store = open_store(runs)
    records = []
    for number in range(times):
        tell(f"A/A run {number + 1} of {times}")
        plan = make_plan(read, None if seed is None else seed + number, control=True)
        with open_progress(plan) as progress:
            records.append(anyio.run(Runner(read, plan, store, progress.take, tell).run))
        if records[-1].was_interrupted:
            sys.exit(130)
    found = calibration.calibrate(records)
    say(found.model_dump_json(indent=2) if as_json else readable(found))
    if found.passed < found.runs:
        sys.exit(4)


def readable(found: "Calibration") -> str:
    """The calibration for people."""
    from seatrial.model.units import format_share

    head = (
        f"{found.passed} of {found.runs} healthy runs passed; {found.failed} failed, {found.inconclusive} "
        f"were inconclusive, {found.stopped} were stopped by a guard"
    )
    sure = (
        "  so with 95 % confidence this gate fails or stops at most "
        f"{format_share(found.disturbed_share_max)} of healthy runs; more runs make it surer"
    )
    return "\n".join(
        [head, sure, *map(_line, found.objectives), *(f"  advice: {one}" for one in found.advice)]
    )


def _line(one: "ObjectiveCalibration") -> str:
    sees = f"; sees {one.smallest_change}" if one.smallest_change else ""
    counts = f"held {one.held}, deviated {one.deviated}, undecided {one.unknown}"
    return f"  {one.sli:16} {one.phase:9} {one.objective:18} {counts}{sees}"
