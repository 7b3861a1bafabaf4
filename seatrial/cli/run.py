"""`seatrial run`: an experiment from end to end."""

import sys
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seatrial.cli.console import forget_stdout, say, styled, tell
from seatrial.cli.in_cluster import Account, Context, Image, InCluster, Namespace, place_of, run_in_cluster
from seatrial.cli.options import RUNS_DEFAULT, ExperimentPaths, Packs, RunsFolder, Seed, Sets
from seatrial.cli.toolkit import (
    ControlFiles,
    Dry,
    FailFast,
    HypothesisFrequency,
    HypothesisStrategy,
    JournalPath,
    RollbackStrategy,
    VarFiles,
    Vars,
    run_toolkit,
    toolkit_options,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from seatrial.cli.reporter import Reporter
    from seatrial.files.experiment_file import ExperimentFile
    from seatrial.record import RunRecord
    from seatrial.report import Report
    from seatrial.store import Store
    from seatrial.toolkit.options import Options
    from seatrial.toolkit.reading import ToolkitFile
    from seatrial.toolkit.root import Root


def run(
    files: ExperimentPaths,
    sets: Sets = None,
    packs: Packs = None,
    seed: Seed = None,
    runs: RunsFolder = RUNS_DEFAULT,
    hypothesis_strategy: HypothesisStrategy = None,
    hypothesis_frequency: HypothesisFrequency = 1.0,
    fail_fast: FailFast = False,
    rollback_strategy: RollbackStrategy = None,
    variables: Vars = None,
    var_files: VarFiles = None,
    control_files: ControlFiles = None,
    dry: Dry = None,
    journal_path: JournalPath = None,
    in_cluster: InCluster = False,
    namespace: Namespace = "default",
    service_account: Account = "seatrial",
    image: Image = None,
    context: Context = None,
) -> None:
    """Run experiments, also the Chaos Toolkit's: baseline, fault, undo, recovery, verdict, reports.

    Exit code: 0 passed, 1 failed, 2 a file or the command is wrong, 3 refused before anything was touched,
    4 inconclusive, 5 undo incomplete, 130 interrupted. Of several files, that of the gravest outcome.
    """
    from seatrial.toolkit.root import start_roots

    roots = start_roots(files)  # it gets ready while everything else is imported
    from seatrial.cli.options import open_store, overrides, warn
    from seatrial.run.signals import held

    with ExitStack() as stack:
        reporter = stack.enter_context(_reporter()) if roots else None  # it too
        options = toolkit_options(
            hypothesis_strategy=hypothesis_strategy,
            hypothesis_frequency_s=hypothesis_frequency,
            fail_fast=fail_fast,
            rollback_strategy=rollback_strategy,
            variables=variables,
            var_files=var_files,
            control_files=control_files,
            dry=dry,
            journal_path=journal_path,
        )
        read = _read_all(files, options, roots, {"packs": packs or (), "overrides": overrides(sets)})
        from seatrial.toolkit.reading import ToolkitFile

        warn(problem for one in read for problem in one.warnings)
        store, codes = open_store(runs), list[int]()
        signals = stack.enter_context(held())  # also while reports are written, and between two runs
        for one in read:
            if signals.received:
                codes.append(130)
            elif isinstance(one, ToolkitFile):
                codes.append(run_toolkit(one, store, reporter))
            elif in_cluster:
                place = place_of(namespace, service_account, image)
                codes.append(run_in_cluster(one, store, place, context, _again(sets, seed)))
            else:
                codes.append(run_one(one, store, seed))
            if codes[-1] in (5, 130):
                break
    sys.exit(max(codes, key=_GRAVITY.index))


def _read_all(
    files: list[Path], options: "Options", roots: "dict[Path, Root]", native: dict[str, Any]
) -> "list[ExperimentFile | ToolkitFile]":
    _go_ahead(roots, options)
    return [_read(file, options, roots.pop(file, None), native) for file in files]


def _go_ahead(roots: "Mapping[Path, Root]", options: "Options") -> None:
    """Import what their course takes, while they load their files."""
    if not roots:
        return
    from seatrial.toolkit.reading import load_request

    for path, root in roots.items():
        root.ask_ahead(load_request(path, options))
    for name in _COURSE:
        import_module(name)


def _reporter() -> "AbstractContextManager[Reporter]":
    from seatrial.cli.reporter import open_reporter

    return open_reporter()


def _again(sets: list[str] | None, seed: int | None) -> tuple[str, ...]:
    """What was asked for beside the files, as arguments."""
    chosen = () if seed is None else ("--seed", str(seed))
    return (*chosen, *(part for one in sets or () for part in ("--set", one)))


def _read(
    path: Path, options: "Options", root: "Root | None", native: "dict[str, Any]"
) -> "ExperimentFile | ToolkitFile":
    """A file of either kind, by its keys; what one kind needs is not imported for the other."""
    from seatrial.toolkit.shape import toolkit_file

    written = toolkit_file(path)
    if written is not None:
        from seatrial.toolkit.reading import read_toolkit

        return read_toolkit(path, options, written=written, root=root)
    if root is not None:
        root.close()
    from seatrial.files.experiment_file import read_experiment

    return read_experiment(path, **native)


_COURSE = (
    "anyio._backends._asyncio",
    "seatrial.cli.progress",
    "seatrial.run.runner",
    "seatrial.toolkit.course",
    "seatrial.toolkit.planning",
)
"""What a run of a Chaos Toolkit file takes."""
_GRAVITY = [0, 4, 1, 3, 2, 130, 5]


def run_one(file: "ExperimentFile", store: "Store", seed: int | None = None) -> int:
    """Run one experiment, print its verdict, write its reports; the exit code of its outcome."""
    import anyio

    from seatrial.cli.progress import open_progress
    from seatrial.plan.resolve import make_plan
    from seatrial.run.runner import Runner

    plan = make_plan(file, seed)
    with open_progress(plan) as progress:
        record = anyio.run(Runner(file, plan, store, progress.take, tell).run)
    folder = store.root / record.run_id
    write_reports(file.pack.reports, record, folder)
    try:
        show_verdict(record, folder)
    except OSError:  # `seatrial run | head`, or a terminal that is gone: the exit code still counts
        forget_stdout()
    return record.verdict.exit_code


def write_reports(reports: "Mapping[str, type[Report]]", record: "RunRecord", folder: Path) -> None:
    """Every report of the packs, each isolated: one that fails costs no other, and no verdict."""
    for name, report in reports.items():
        try:
            (folder / report.file_name).write_text(report().render(record))
        except Exception as error:  # noqa: BLE001  a report is anyone's code
            tell(f"report {name} could not be made: {type(error).__name__}: {error}")


def show_verdict(record: "RunRecord", folder: Path) -> None:
    """The verdict on stdout: the outcome first."""
    from seatrial.verdict.verdict import Outcome

    verdict = record.verdict
    color = {Outcome.PASSED: "green", Outcome.INCONCLUSIVE: "yellow", Outcome.INTERRUPTED: "yellow"}
    say(
        styled(
            f"{verdict.outcome.upper()}  {verdict.headline}", color.get(verdict.outcome, "red"), sys.stdout
        )
    )
    for reason in verdict.reasons[1:]:
        say(f"  also: {reason}")
    for one in verdict.objectives:
        say(f"  {one.status:9} {one.phase:9} {one.sli} {one.objective}: {one.decision.reason}")
    for step in verdict.next_steps:
        say(f"  next: {step}")
    report = folder / "report.html"
    say(f"report: {report if report.exists() else folder}")
