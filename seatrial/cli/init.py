"""`seatrial init`: a team's own pack to begin with."""

import shlex
from pathlib import Path
from typing import Annotated

from seatrial.cli.command import Argument
from seatrial.cli.console import say, tell


def init(
    folder: Annotated[Path, Argument(help="Where; this folder by default.", metavar="DIR")] = Path(),
) -> None:
    """Make a pack of your own: one working probe, action, report and experiment. Overwrites nothing."""
    from seatrial.files.starter import make_team_pack

    for path in make_team_pack(folder):
        say(path)
    experiment = folder / "experiments" / "first.yaml"
    tell("\nNext:")
    quoted = shlex.quote(str(experiment))
    for command in ("check", "plan", "run"):
        tell(f"  seatrial {command} {quoted}")
