"""Take the local ports of a network namespace. Arguments: the namespace's file, how many to leave free.

A connection that leaves needs a local port out of the kernel's range, and gets none that is bound.
"""

import ctypes
import errno
import os
import resource
import signal
import socket
import sys
import threading

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
SPARE = 64
AGAIN_S = 0.05
LIBC = ctypes.CDLL(None, use_errno=True)


def ports() -> list[int]:
    """The kernel's range in this namespace, without what is reserved."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:  # noqa: PTH123  pathlib would double the start-up
        first, last = map(int, file.read().split())
    with open("/proc/sys/net/ipv4/ip_local_reserved_ports") as file:  # noqa: PTH123  as above
        parts = [part.partition("-") for part in file.read().strip().split(",") if part]
    reserved = {port for low, _, high in parts for port in range(int(low), int(high or low) + 1)}
    return [port for port in range(first, last + 1) if port not in reserved]


def take(port: int, family: int) -> socket.socket | None:
    """Bound, and of no use to anybody; None where somebody else has it."""
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        one.bind(("", port))
    except OSError as error:
        one.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return one


def hold(wanted: list[int], tell: int) -> None:
    """Take what is there, tell, and take what becomes free."""
    has_ipv6 = os.path.exists("/proc/net/if_inet6")  # noqa: PTH110  as above
    family = socket.AF_INET6 if has_ipv6 else socket.AF_INET
    held: dict[int, socket.socket] = {}
    told, never = False, threading.Event()
    while True:
        for port in wanted:
            if port not in held and (one := take(port, family)) is not None:
                held[port] = one
        told = told or bool(os.write(tell, b"."))
        never.wait(AGAIN_S)


def main() -> None:
    """Enter the namespace, and share the ports among as many processes as their limits ask for."""
    namespace, leave = sys.argv[1], int(sys.argv[2])
    there = os.open(namespace, os.O_RDONLY)
    if LIBC.setns(there, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"{namespace}: {os.strerror(ctypes.get_errno())}")
    wanted = ports()[leave:]
    if not wanted:
        raise OSError(f"there are no more than {leave} local ports")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    each = len(wanted) if most == resource.RLIM_INFINITY else max(1, most - SPARE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(each, len(wanted)) + SPARE, most))
    hear, tell = os.pipe()
    shares = [wanted[at : at + each] for at in range(0, len(wanted), each)]
    for share in shares:
        if os.fork() == 0:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            hold(share, tell)
    for _ in shares:
        os.read(hear, 1)
    os.write(1, b"ready\n")
    signal.pause()


main()
