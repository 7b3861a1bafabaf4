"""`seatrial rollback`: undo what a run left, after runner and guardian both died or the power went."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Argument, Option
from seatrial.cli.console import say, styled
from seatrial.cli.options import RUNS_DEFAULT, Packs, RunsFolder

if TYPE_CHECKING:
    from seatrial.run.rollback import RollbackReport
    from seatrial.store import Store


def rollback(
    name: Annotated[
        str | None,
        Argument(help="The run: its id, a part of it, its folder, or `latest`.", metavar="RUN"),
    ] = None,
    all_runs: Annotated[bool, Option("--all", help="Every unfinished run of this store.")] = False,
    runs: RunsFolder = RUNS_DEFAULT,
    kubernetes: Annotated[
        bool, Option("--kubernetes", help="What any run left in a cluster, without its journal.")
    ] = False,
    kubeconfig: Annotated[
        Path | None, Option(help="Where the cluster is; else as kubectl finds it.", metavar="FILE")
    ] = None,
    context: Annotated[
        str | None, Option(help="A context of the kubeconfig; else the current one.", metavar="CONTEXT")
    ] = None,
    namespace: Annotated[
        str | None, Option(help="Only there, and on nodes and namespaces.", metavar="NAMESPACE")
    ] = None,
    run: Annotated[str | None, Option(help="Only of the runs whose id has this in it.", metavar="ID")] = None,
    force: Annotated[bool, Option("--force", help="With `--run`: though that run is alive.")] = False,
    packs: Packs = None,
) -> None:
    """Undo what dead runs left, and say what was restored, what was so already, and what remains.

    Safe to run twice, or at the same time as another. Exit 5 when something remains.
    """
    import anyio

    from seatrial.errors import InvalidInput
    from seatrial.store import Store

    store = Store(runs.resolve())
    if not kubernetes:
        given = [
            ("--kubeconfig", kubeconfig),
            ("--context", context),
            ("--namespace", namespace),
            ("--run", run),
        ]
        if odd := [option for option, value in given if value is not None] + ["--force"] * force:
            raise InvalidInput(f"`{odd[0]}` is about a cluster", "add `--kubernetes`, or leave it out")
        _roll_back_runs(store, name, all_runs=all_runs)
        return
    if name is not None or all_runs:
        raise InvalidInput(
            "with `--kubernetes` the cluster itself says what is to be undone",
            "leave RUN and `--all` out; `--run ID` chooses one",
        )
    if force and run is None:
        raise InvalidInput(
            "`--force` undoes the faults of a run that is alive", "say of which, by `--run ID`"
        )
    from seatrial.kube.access import find_access
    from seatrial.run.cluster_rollback import ClusterRollback

    access = find_access(kubeconfig, context)
    job = ClusterRollback(access, store, namespace, run, force=force, packs=packs or ())
    if not _tell(access.label, anyio.run(job.roll_back)):
        sys.exit(5)


def _roll_back_runs(store: "Store", name: str | None, *, all_runs: bool) -> None:
    """By their journals; exit 5 where something remains of one."""
    import anyio

    from seatrial.errors import InvalidInput
    from seatrial.run.rollback import roll_back

    if (name is None) != all_runs:
        raise InvalidInput(
            "say which run to roll back", "`seatrial rollback RUN`, or `--all`; `seatrial runs` lists them"
        )
    chosen = store.unfinished() if name is None else [store.find(name)]
    if not chosen:
        say("nothing to roll back: every run came to its end")
    remains = [run for run in chosen if not _tell(run.id, anyio.run(roll_back, run))]
    if remains:
        sys.exit(5)


def _tell(what: str, report: "RollbackReport") -> bool:
    """What was done; True when nothing remains."""
    say(f"{what}: {report.summary}")
    for line in report.lines:
        say(f"  {line}")
    for line in report.remaining:
        say(styled(f"  REMAINS {line}", "red", sys.stdout))
    return not report.remaining
