"""The template: has every action imported, and forks a hand whenever it is sent a socket.

Run as `python -m seatrial.crew.template FD PACK...`. Single-threaded, so that forking is safe.
"""

import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from seatrial.crew.hand import serve
from seatrial.crew.lifeline import die_with_parent
from seatrial.pack import Pack, load_packs

READY = b"ready"


def main() -> None:
    """Serve forks until the socket ends."""
    parent = os.getppid()
    os.setsid()
    die_with_parent(parent)
    serve_forks(socket.socket(fileno=int(sys.argv[1])), load_packs(*map(Path, sys.argv[2:])))


def fork_template(pack: Pack, close: Sequence[int]) -> tuple[int, socket.socket]:
    """A template out of this process, which must have no thread beside its own; its pid and its socket.

    `close`: descriptors that it must not keep open.
    """
    parent = os.getpid()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            die_with_parent(parent)
            for descriptor in (ours.fileno(), *close):
                os.close(descriptor)
            serve_forks(theirs, pack)
        finally:
            os._exit(0)
    theirs.close()
    return pid, ours


def serve_forks(control: socket.socket, pack: Pack) -> None:
    """Fork a hand whenever one is asked for; returns once nobody will ask again."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the hands
    control.send(READY)
    while _fork_one(control, pack):
        pass


def _fork_one(control: socket.socket, pack: Pack) -> bool:
    """Fork a hand for the socket that is sent; False once nobody will ask again."""
    _, descriptors, _, _ = socket.recv_fds(control, 16, 1)
    if not descriptors:
        return False
    try:
        pid = os.fork()
    except OSError as error:
        os.close(descriptors[0])
        control.send(f"-{error.errno}".encode())
        return True
    if pid == 0:
        control.close()
        _become_hand(socket.socket(fileno=descriptors[0]), pack)
    os.close(descriptors[0])
    control.send(str(pid).encode())
    return True


def _become_hand(connection: socket.socket, pack: Pack) -> None:
    """A session of its own, so that one signal reaches all that an action may have started."""
    template = os.getppid()
    os.setsid()
    die_with_parent(template)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    status = 1
    try:
        serve(connection, pack)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
