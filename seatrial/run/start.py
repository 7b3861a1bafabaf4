"""How a run began: what it ran on, with which versions. The first line of its journal."""

import datetime
import os
import platform
from collections.abc import Sequence
from pathlib import Path

from seatrial import __version__
from seatrial.journal.entries import Process, RunStarted
from seatrial.journal.writer import JournalWriter
from seatrial.plan.plan import Plan
from seatrial.store import Run
from seatrial.targets.process import this_process
from seatrial.versions import versions_of

_TOLD = ("locust", "pydantic", "httpx", "scipy", "chaostoolkit-lib")


def run_started(run: Run, plan: Plan, roots: Sequence[Path], journal: JournalWriter) -> RunStarted:
    """The facts that a reader of the report will ask for years later."""
    return RunStarted(
        run_id=run.id,
        plan=plan,
        runner=Process.of(this_process()),
        began_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        began_monotonic_s=journal.began_monotonic_s,
        versions={"seatrial": __version__, "python": platform.python_version(), **versions_of(_TOLD)},
        host={
            "name": platform.node(),
            "system": f"{platform.system()} {platform.release()}",
            "machine": platform.machine(),
            "cpus": str(os.cpu_count()),
        },
        packs=tuple(str(root) for root in roots),
    )
