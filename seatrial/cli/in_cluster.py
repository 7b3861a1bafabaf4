"""`seatrial run --in-cluster` and `seatrial fetch`: a run as a Job, and what it brings back."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Argument, Option
from seatrial.cli.options import RUNS_DEFAULT, RunsFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatrial.files.experiment_file import ExperimentFile
    from seatrial.in_cluster.job import Place, RunOrder
    from seatrial.report import Report
    from seatrial.store import Store

InCluster = Annotated[bool, Option("--in-cluster", help="As a Job of the cluster that KUBECONFIG names.")]
Namespace = Annotated[str, Option("--namespace", help="Of that Job.")]
Account = Annotated[str, Option("--service-account", help="As whom that Job runs.")]
Image = Annotated[str | None, Option("--image", help="Of that Job: Seatrial's own. Else SEATRIAL_IMAGE.")]
Context = Annotated[str | None, Option("--context", help="Of the kubeconfig.")]


def place_of(namespace: str, account: str, image: str | None) -> "Place":
    """A Job with a name of its own."""
    import secrets

    from seatrial.in_cluster.job import Place
    from seatrial.kube.image import own_image

    name = f"seatrial-run-{secrets.token_hex(4)}"
    return Place(namespace=namespace, name=name, image=own_image(image), account=account)


def run_in_cluster(
    file: "ExperimentFile", store: "Store", place: "Place", context: str | None, arguments: tuple[str, ...]
) -> int:
    """Start one experiment as a Job, follow it, and make its reports here; its exit code."""
    from seatrial.in_cluster.bundle import packed

    root = file.roots[-1] if len(file.roots) > 1 else None
    order = order_of(file, root, arguments)
    return _follow(store, place, context, (order, packed(file.path, root)), file.pack.reports)


def order_of(file: "ExperimentFile", root: Path | None, arguments: tuple[str, ...]) -> "RunOrder":
    """What the pod is told: the file within its bundle, and the variables that it names."""
    from seatrial.in_cluster.job import RunOrder

    within = file.path.relative_to(root if root is not None else file.path.parent)
    named = {name: os.environ[name] for name in file.secrets if name in os.environ}
    return RunOrder(file=str(within), arguments=arguments, environment=named)


def fetch(
    job: Annotated[str, Argument(help="The Job, as `run --in-cluster` told it.", metavar="JOB")],
    namespace: Namespace = "default",
    context: Context = None,
    runs: RunsFolder = RUNS_DEFAULT,
) -> None:
    """Bring back what a run in the cluster has done, and follow it where it still goes on.

    For a run whose start was on another machine, or whose terminal is gone. Exit code: that of the run.
    """
    from seatrial.cli.options import open_store
    from seatrial.in_cluster.job import Place
    from seatrial.pack import load_packs

    place = Place(namespace=namespace, name=job, image="", account="")
    sys.exit(_follow(open_store(runs), place, context, None, load_packs().reports))


def _follow(
    store: "Store",
    place: "Place",
    context: str | None,
    what: "tuple[RunOrder, bytes] | None",
    reports: "Mapping[str, type[Report]]",
) -> int:
    import anyio

    from seatrial.cli.console import tell
    from seatrial.cli.run import show_verdict, write_reports
    from seatrial.errors import Refused
    from seatrial.in_cluster.bringing import Bringing
    from seatrial.in_cluster.starting import run_there
    from seatrial.kube.access import find_access
    from seatrial.record import record_of

    access = find_access(context=context)
    with Bringing(store) as bringing:
        code = anyio.run(run_there, access, place, what, bringing, tell)
        brought = bringing.runs
    for run in brought:
        record = record_of(run.journal())
        write_reports(reports, record, run.folder)
        show_verdict(record, run.folder)
    if code is None:
        raise Refused(
            f"job {place.name} did not say how it ended, or not all of its log came",
            f"look at it: kubectl -n {place.namespace} describe job {place.name}; "
            "what it may have left is undone by `seatrial rollback --kubernetes`",
        )
    return code
