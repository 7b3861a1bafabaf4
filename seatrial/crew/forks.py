"""A template's side of forking: its imports done, it forks a copy of itself for every socket it is sent.

Single-threaded, so that forking is safe. Needs next to nothing: whoever forks decides what is imported.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Collection

from seatrial.crew.lifeline import die_with_parent

READY = b"ready"
Serve = Callable[[socket.socket], object]
"""What a hand does with its socket, until that ends."""


def serve_forks(control: socket.socket, serve: Serve) -> None:
    """Fork a hand whenever one is asked for; returns once nobody will ask again."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the hands
    with contextlib.suppress(ConnectionError):
        control.send(READY)
    while _fork_one(control, serve):
        pass


def close_all_but(kept: Collection[int]) -> None:
    """After a fork: what stays open here would keep others from seeing its end."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def _fork_one(control: socket.socket, serve: Serve) -> bool:
    """Fork a hand for the socket that is sent; False once nobody will ask again."""
    try:
        _, descriptors, _, _ = socket.recv_fds(control, 16, 1)
    except ConnectionError:
        return False
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
        _become_hand(socket.socket(fileno=descriptors[0]), serve)
    os.close(descriptors[0])
    control.send(str(pid).encode())
    return True


def _become_hand(connection: socket.socket, serve: Serve) -> None:
    """A session of its own, so that one signal reaches all that its work may have started."""
    template = os.getppid()
    os.setsid()
    die_with_parent(template)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    status = 1
    try:
        serve(connection)
        status = 0
    finally:
        os._exit(status)
