"""`seatrial runs`: what is in the folder of runs."""

from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Option
from seatrial.cli.console import say
from seatrial.cli.options import RUNS_DEFAULT, RunsFolder

if TYPE_CHECKING:
    from seatrial.store import Run


def runs(
    folder: RunsFolder = RUNS_DEFAULT,
    as_json: Annotated[bool, Option("--json", help="One JSON object a run.")] = False,
) -> None:
    """List the runs of a store, oldest first, with their outcomes."""
    import json

    from seatrial.cli.options import open_store

    store = open_store(folder)
    for run in store.runs():
        row = _row(run)
        say(json.dumps(row) if as_json else f"{row['run']}  {row['outcome']:16}  {row['summary']}")


def _row(run: "Run") -> dict[str, str]:
    if run.is_held():
        return {"run": run.id, "outcome": "running", "summary": ""}
    ended = run.ended()
    if ended is None:
        return {"run": run.id, "outcome": "died", "summary": f"finish it with `seatrial rollback {run.id}`"}
    return {"run": run.id, "outcome": ended.outcome, "summary": ended.summary}
