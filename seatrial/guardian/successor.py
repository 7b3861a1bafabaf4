"""What the fuse becomes: `python -m seatrial.guardian.successor RUN CREW_FD REASON PACK...`."""

import socket
import sys
from pathlib import Path

import anyio

from seatrial.crew.crew import crew_of
from seatrial.crew.template import fork_template
from seatrial.guardian.takeover import TakeOver, own_or_remember, wait_for_crew
from seatrial.pack import load_arguments
from seatrial.store import Run


async def _finish(run: Run, crew_pipe: int, reason: str, template: tuple[int, socket.socket]) -> None:
    async with crew_of(*template) as crew:
        wait_for_crew(crew_pipe)
        ledger, journal = await own_or_remember(run)
        if journal is not None and not journal.is_over:
            await TakeOver(run, crew, ledger, journal, "guardian", reason).finish()
        ledger.close()


def main() -> None:
    """Finish the run; signals are ignored since the fuse ignored them."""
    folder, crew_pipe, reason, *packs = sys.argv[1:]
    template = fork_template(load_arguments(packs), [int(crew_pipe)])
    anyio.run(_finish, Run(Path(folder)), int(crew_pipe), reason, template)


if __name__ == "__main__":
    main()
