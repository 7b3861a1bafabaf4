"""What no fault may touch: it keeps the machine going, reachable, or free of faults."""

import contextlib
import functools
import ipaddress
import socket
from collections.abc import Collection
from pathlib import PurePath
from typing import Final

from seatrial.targets import process
from seatrial.targets.target import BaseTarget, EndpointTarget, ProcessTarget

SSH: Final = 22
KEEP_THE_MACHINE: Final = frozenset(
    {
        *("init", "systemd", "dbus-daemon", "dbus-broker", "udevd", "agetty", "getty", "login"),
        *("ssh", "sshd", "dropbear", "dbus", "NetworkManager", "dhclient", "dhcpcd", "wpa_supplicant"),
    }
)
"""By the name of the program; all of systemd's own beside them."""
OURS: Final = ("seatrial.guardian", "seatrial.crew", "seatrial.agent", "seatrial-held", "seatrial-keeper")


def keeps_the_machine(program: str) -> bool:
    """Whether a program, or a service of that name, is one that nobody can do without."""
    return program in KEEP_THE_MACHINE or program.startswith("systemd-")


class Protected:
    """What is protected as of now, with the ports that a run is about to take."""

    def __init__(self, ports: Collection[int] = ()) -> None:
        self._ports = frozenset(ports)

    def why(self, target: BaseTarget) -> str | None:
        """Why this target is never to be hit, or None."""
        match target:
            case ProcessTarget():
                return self._why_process(target)
            case EndpointTarget():
                return self._why_endpoint(target)
        return None

    def _why_process(self, target: ProcessTarget) -> str | None:
        if target.pid == 1:
            return "pid 1 is what the machine stands on"
        if target.pid in self._family:
            return "it is Seatrial itself, or what started it"
        # A session of sshd calls itself `sshd: user@pts/0`, and a login shell `-bash`.
        if keeps_the_machine(program := PurePath(target.argv[0].split(":")[0]).name.removeprefix("-")):
            return f"{program} keeps this machine going, or reachable"
        if any(ours in part for ours in OURS for part in target.argv[:6]):
            return "it is part of a run of Seatrial, and may be what takes a fault away"
        return None

    def _why_endpoint(self, target: EndpointTarget) -> str | None:
        if target.port == SSH:
            return "port 22 is how people reach a machine when all else has failed"
        if target.port in self._own_ports and is_local(target.host):
            return f"port {target.port} is the run's own"
        return None

    @functools.cached_property
    def _family(self) -> set[int]:
        return process.own_family()

    @functools.cached_property
    def _own_ports(self) -> frozenset[int]:
        return self._ports | own_ports()


def own_ports() -> frozenset[int]:
    """The ports that this process and those above it listen on."""
    import psutil

    found: set[int] = set()
    for pid in process.own_family() - {1}:
        with contextlib.suppress(psutil.Error):  # it may belong to somebody else
            connections = psutil.Process(pid).net_connections(kind="tcp")
            found |= {one.laddr.port for one in connections if one.status == psutil.CONN_LISTEN}
    return frozenset(found)


def is_local(host: str) -> bool:
    """True where this host name or address is of this very machine."""
    import psutil

    try:
        named = {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    own = {one.address for every in psutil.net_if_addrs().values() for one in every}
    return any(address in own or ipaddress.ip_address(address).is_loopback for address in named)
