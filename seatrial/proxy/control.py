"""How a standing proxy is told which faults are on: a line of JSON each way, over a socket without a file.

The socket's name is in Linux's abstract namespace: nothing is left of it when the proxy dies, and it is
seen in the proxy's network namespace alone. The kernel tells each side who the other one is: a proxy obeys
its own user and root, and a caller believes its own user, and root; root believes everybody.
"""

import json
import os
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

_NAME: Final = "\0seatrial-proxy/"
_TIMEOUT_S: Final = 2.0
LINE_BYTES_MAX: Final = 2**21

Message = dict[str, Any]


class NoProxy(Exception):
    """Nobody is there under this address, or nobody who may be asked."""


def name_of(host: str, port: int) -> str:
    """The same for every way of writing the address that a proxy listens on."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4]
    return "".join((_NAME, str(found[0]), ":", str(found[1])))


def ask(host: str, port: int, request: Mapping[str, Any]) -> Message:
    """Ask the proxy that listens there.

    Raises NoProxy where there is none, TimeoutError where it does not answer, ValueError where it refuses.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_TIMEOUT_S)
        try:
            line.connect(name_of(host, port))
        except ConnectionRefusedError:
            raise NoProxy(f"no `seatrial proxy` listens at {host}:{port} in this network namespace") from None
        except BlockingIOError:
            raise TimeoutError from None  # its queue is full
        if user_of(line) != 0 and os.geteuid() not in (0, user_of(line)):
            raise NoProxy(f"the proxy at {host}:{port} is another user's")
        with suppress(ConnectionError):  # it died, which the next one to ask will be told
            line.sendall(json.dumps(request).encode() + b"\n")
            if answer := line.makefile("rb").readline(LINE_BYTES_MAX):
                return _parsed(answer)
    raise TimeoutError


def _parsed(answer: bytes) -> Message:
    said: Message = json.loads(answer)
    if "refused" in said:
        raise ValueError(said["refused"])
    return said


def user_of(line: socket.socket) -> int:
    """Who is at the other end."""
    raw = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    user: int = struct.unpack("3i", raw)[1]
    return user
