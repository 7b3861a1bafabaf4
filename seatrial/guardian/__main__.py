"""The guardian's process: `python -m seatrial.guardian RUN RUNNER LINK_FD CREW_FD FUSE_FD FUSE_FD PACK...`.

The runner is written as `PID:START_TICKS`.
"""

import gc
import signal
import socket
import sys
from pathlib import Path

from seatrial.guardian.watch import guard
from seatrial.pack import load_arguments
from seatrial.store import Run
from seatrial.targets.process import Identity, boot_id


def main() -> None:
    """Ignore what is meant for the terminal, and guard."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    folder, runner, link, crew_pipe, fuse_hears, fuse_told, *packs = sys.argv[1:]
    pid, ticks = runner.split(":")
    guard(
        Run(Path(folder)),
        Identity(int(pid), int(ticks), boot_id()),
        load_arguments(packs),
        link=socket.socket(fileno=int(link)),
        crew_pipe=int(crew_pipe),
        fuse_pipe=(int(fuse_hears), int(fuse_told)),
    )
    gc.freeze()  # the runner waits for our end, which a last search for garbage would delay by 0.05 s


if __name__ == "__main__":
    main()
