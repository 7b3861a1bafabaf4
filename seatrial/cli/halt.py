"""`seatrial halt`: stop everything of a store, and keep it stopped."""

from typing import Annotated

from seatrial.cli.command import Option
from seatrial.cli.console import say
from seatrial.cli.options import RUNS_DEFAULT, RunsFolder


def halt(
    reason: Annotated[str, Option("--reason", help="Why, for whoever meets it.")] = "by hand",
    lift: Annotated[bool, Option("--lift", help="Let runs begin again.")] = False,
    runs: RunsFolder = RUNS_DEFAULT,
) -> None:
    """Stop all running experiments of a store, and refuse new ones until `--lift`."""
    from seatrial.cli.options import open_store
    from seatrial.run import halt as halting

    store = open_store(runs)
    if lift:
        say("lifted: runs may begin again" if halting.lift(store) else "nothing was halted")
        return
    told = halting.halt(store, reason)
    say(f"halted: {len(told)} running experiments were told to stop and undo; new ones are refused")
    for run_id in told:
        say(f"  {run_id}")
