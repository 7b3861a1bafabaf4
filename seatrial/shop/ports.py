"""A loopback port kept for processes that come and go."""

import socket


def reserve(port: int = 0) -> socket.socket:
    """Bind a free loopback port without listening on it; close the socket to give it up.

    While it is held, a process that sets SO_REUSEADDR can listen there, die, and listen there again;
    nobody is given the port by chance in between, and a client that connects meanwhile is refused
    (unreserved, it could be given that very port as its own and meet itself). Raises OSError where
    the port is taken.
    """
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
    except BaseException:
        holder.close()
        raise
    return holder


def number(holder: socket.socket) -> int:
    port: int = holder.getsockname()[1]
    return port
