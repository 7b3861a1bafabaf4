"""A `seatrial proxy` and a server that echoes, each in a process of its own."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from seatrial.proxy import control

ECHO = """
import socket, sys, threading
def echo(one):
    with one:
        while data := one.recv(65536): one.sendall(data)
server = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=500)
print(server.getsockname()[1], flush=True)
while True: threading.Thread(target=echo, args=server.accept()[:1], daemon=True).start()
"""


@contextmanager
def echo_server(*prefix: str, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Its port. `prefix`: a command that runs it elsewhere."""
    line = [*prefix, sys.executable, "-S", "-c", ECHO, host, str(port)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


@contextmanager
def standing_proxy(server_port: int, *options: str) -> Iterator[str]:
    """The address that it listens on."""
    address = f"127.0.0.1:{free_port()}"
    line = [sys.executable, "-m", "seatrial", "proxy", address, f"127.0.0.1:{server_port}", *options]
    with subprocess.Popen(line, stderr=subprocess.PIPE) as proxy:
        assert proxy.stderr is not None
        try:
            said = proxy.stderr.readline()
            assert b"passes on to" in said, said
            yield address
        finally:
            proxy.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
    return port


def faults_of(address: str) -> list[str]:
    """The leases that it has."""
    host, _, port = address.rpartition(":")
    found: list[str] = control.ask(host, int(port), {"do": "look", "lease": ""})["faults"]
    return found
