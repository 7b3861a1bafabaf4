"""Where a connection was meant to go: always to the same server, or where it was before it was redirected."""

import socket
import struct
from collections.abc import Callable
from typing import Any, Final

Address = tuple[Any, ...]
FindServer = Callable[[socket.socket], tuple[socket.AddressFamily, Address]]
"""Of a connection that was taken; raises OSError where it was meant for nobody."""
_SO_ORIGINAL_DST: Final = 80


def fixed(host: str, port: int) -> FindServer:
    """Always the same server; its name is looked up once, for nothing here may block later."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return lambda _: (family, address)


def original(taken: socket.socket) -> tuple[socket.AddressFamily, Address]:
    """Where a redirected connection was meant to go; raises OSError where it was not redirected."""
    if taken.family == socket.AF_INET:
        raw = taken.getsockopt(socket.IPPROTO_IP, _SO_ORIGINAL_DST, 16)
        port, address = struct.unpack_from("!2xH4s", raw)
        found: Address = (socket.inet_ntop(socket.AF_INET, address), port)
    else:
        raw = taken.getsockopt(socket.IPPROTO_IPV6, _SO_ORIGINAL_DST, 28)
        port, address = struct.unpack_from("!2xH4x16s", raw)
        (scope,) = struct.unpack_from("=I", raw, 24)
        found = (socket.inet_ntop(socket.AF_INET6, address), port, 0, scope)
    if found[:2] == taken.getsockname()[:2]:
        raise OSError("it was meant for the proxy itself")
    return taken.family, found
