"""The template: has the actions imported, and forks a hand whenever it is sent a socket.

Run as `python -m seatrial.crew.template FD PACK...`.
"""

import os
import socket
import sys
from collections.abc import Sequence
from functools import partial

from seatrial.crew.forks import serve_forks
from seatrial.crew.hand import serve
from seatrial.crew.lifeline import die_with_parent
from seatrial.pack import Pack, load_arguments


def main() -> None:
    """Serve forks until the socket ends."""
    parent = os.getppid()
    os.setsid()
    die_with_parent(parent)
    control = socket.socket(fileno=int(sys.argv[1]))
    pack = load_arguments(sys.argv[2:])
    _warm_up(pack)
    _serve_forks(control, pack)


def fork_template(pack: Pack, close: Sequence[int]) -> tuple[int, socket.socket]:
    """A template out of this process, which must have no thread beside its own; its pid and its socket.

    `close`: descriptors that it must not keep open.
    """
    _warm_up(pack)
    parent = os.getpid()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            die_with_parent(parent)
            for descriptor in (ours.fileno(), *close):
                os.close(descriptor)
            _serve_forks(theirs, pack)
        finally:
            os._exit(0)
    theirs.close()
    return pid, ours


def _serve_forks(control: socket.socket, pack: Pack) -> None:
    only_ask = " ".join(name for name, action in pack.actions.items() if action.only_asks)
    serve_forks(control, partial(serve, pack=pack), only_ask.encode())


def _warm_up(pack: Pack) -> None:
    for action in pack.actions.values():
        action.warm_up()


if __name__ == "__main__":
    main()
