"""A template's side of forking: its imports done, it forks a copy of itself for every socket it is sent.

Single-threaded, so that forking is safe. Needs next to nothing: whoever forks decides what is imported.
A copy that is given several sockets serves each in a thread of its own.
"""

import contextlib
import errno
import os
import signal
import socket
import threading
from collections.abc import Callable, Collection, Sequence
from typing import Final

from seatrial.crew.lifeline import die_with_parent

READY: Final = b"ready"
LANES_MAX: Final = 64
"""The kernel passes no more than 253 descriptors at a time."""
Serve = Callable[[socket.socket], object]
"""What a hand does with its socket, until that ends."""


def serve_forks(control: socket.socket, serve: Serve, said: bytes = b"") -> None:
    """Fork a hand whenever one is asked for; returns once nobody will ask again.

    `said`: what whoever asks is told when this is ready.
    """
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the hands
    with contextlib.suppress(ConnectionError):
        control.send(READY + said)
    while _fork_one(control, serve):
        pass


def close_all_but(kept: Collection[int]) -> None:
    """After a fork: what stays open here would keep others from seeing its end."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            with contextlib.suppress(OSError):
                os.close(int(name))


def _fork_one(control: socket.socket, serve: Serve) -> bool:
    """Fork a hand for the sockets that are sent; False once nobody will ask again."""
    try:
        _, descriptors, _, _ = socket.recv_fds(control, 16, LANES_MAX)
    except ConnectionError:
        return False
    if not descriptors:
        return False
    try:
        pid = os.fork()
    except OSError as error:
        pid = -(error.errno or errno.EAGAIN)
    if pid == 0:
        control.close()
        _become_hand([socket.socket(fileno=one) for one in descriptors], serve)
    for one in descriptors:
        os.close(one)
    control.send(str(pid).encode())
    return True


def _become_hand(connections: Sequence[socket.socket], serve: Serve) -> None:
    """A session of its own, so that one signal reaches all that its work may have started."""
    template = os.getppid()
    os.setsid()
    die_with_parent(template)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    status = 1
    try:
        _serve_each(connections, serve)
        status = 0
    finally:
        os._exit(status)


def _serve_each(connections: Sequence[socket.socket], serve: Serve) -> None:
    first, *others = connections
    lanes = [threading.Thread(target=serve, args=(one,)) for one in others]
    for lane in lanes:
        lane.start()
    serve(first)
    for lane in lanes:
        lane.join()
