"""A server that echoes or swallows, and what may stand before it: nginx, or our proxy."""

import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = """
import socket, sys, threading
def serve(one):
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with one:
        if one.recv(1) == b"e":
            while data := one.recv(65536): one.sendall(data)
        left = int.from_bytes(one.recv(8), "big")
        while left > 0: left -= len(one.recv(1 << 20)) or left
        one.sendall(b"!")
server = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=500)
print(server.getsockname()[1], flush=True)
while True: threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()
"""
NGINX = """
load_module {module};
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 4096; }}
stream {{ server {{ listen 127.0.0.1:{port} backlog=4096; tcp_nodelay on; proxy_pass 127.0.0.1:{server}; }} }}
"""
MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")


@contextmanager
def server(*prefix: str, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    line = [*prefix, sys.executable, "-S", "-c", SERVER, host, str(port)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


@contextmanager
def nginx(server_port: int) -> Iterator[int]:
    """Its stream proxy, with one worker."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "nginx.conf"
        file.write_text(NGINX.format(module=MODULE, folder=folder, port=port, server=server_port))
        line = ["/usr/sbin/nginx", "-p", folder, "-c", str(file)]
        with subprocess.Popen(line, stderr=subprocess.DEVNULL) as process:
            try:
                await_port(port)
                yield port
            finally:
                process.terminate()


@contextmanager
def proxy(server_port: int, *options: str) -> Iterator[int]:
    port = free_port()
    addresses = (f"127.0.0.1:{port}", f"127.0.0.1:{server_port}")
    line = [sys.executable, "-m", "seatrial", "proxy", *addresses, *options]
    with subprocess.Popen(line, stderr=subprocess.DEVNULL) as process:
        try:
            await_port(port)
            yield port
        finally:
            process.kill()


def round_trips_us(port: int, times: int, size: int = 100) -> list[float]:
    """How long each of these echoes took, in microseconds, on one connection."""
    message, took = bytes(size), []
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.sendall(b"e")
        for _ in range(times):
            began = time.perf_counter()
            one.sendall(message)
            left = size
            while left:
                left -= len(one.recv(size))
            took.append((time.perf_counter() - began) * 1e6)
    return took


def bytes_per_s(port: int, size: int) -> float:
    """How fast so many bytes go one way on one connection."""
    chunk = bytes(1 << 18)
    with socket.create_connection(("127.0.0.1", port)) as one:
        one.sendall(b"s" + size.to_bytes(8, "big"))
        began, left = time.perf_counter(), size
        while left:
            part = chunk[: min(left, len(chunk))]
            one.sendall(part)
            left -= len(part)
        one.recv(1)
        return size / (time.perf_counter() - began)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
    return port


def await_port(port: int) -> None:
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            threading.Event().wait(0.01)
    raise TimeoutError(f"nobody listens on port {port}")
