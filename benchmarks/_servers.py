"""An HTTP server whose behaviour is known, in a process of its own."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/plain\r\n\r\nok\n"


@dataclass(frozen=True)
class Behaviour:
    """Answers after `delay_s`, but for a stall, at whose end come all answers that were due within it.

    Times are counted from the first request.
    """

    delay_s: float = 0.0
    stall_at_s: float = 0.0
    stall_for_s: float = 0.0

    def answer_at(self, since_first_s: float) -> float:
        """When a request that came then is answered, in seconds since the first request."""
        due_s, end_s = since_first_s + self.delay_s, self.stall_at_s + self.stall_for_s
        return end_s if self.stall_for_s and self.stall_at_s <= due_s and since_first_s < end_s else due_s


class State:
    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.first_s = 0.0
        self.answered = 0
        self.took_ms: list[float] = []


class Connection(asyncio.Protocol):
    def __init__(self, state: State) -> None:
        self.state = state
        self.loop = asyncio.get_running_loop()
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head, self.received = self.received[:end], self.received[end + 4 :]
            if head.startswith(b"GET /told"):
                self.tell()
            else:
                self.take()

    def take(self) -> None:
        state, came_s = self.state, self.loop.time()
        if not state.first_s:
            state.first_s = came_s
        if not state.behaviour.delay_s:
            state.answered += 1
            self.transport.write(RESPONSE)
            return
        self.loop.call_at(
            state.first_s + state.behaviour.answer_at(came_s - state.first_s), self.answer, came_s
        )

    def answer(self, came_s: float) -> None:
        self.state.answered += 1
        self.state.took_ms.append((self.loop.time() - came_s) * 1000)
        if not self.transport.is_closing():
            self.transport.write(RESPONSE)

    def tell(self) -> None:
        """What has been answered since the last time, and how long each took here."""
        text = json.dumps({"answered": self.state.answered, "took_ms": self.state.took_ms}).encode()
        self.state.took_ms = []
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))


@dataclass(frozen=True)
class Told:
    answered: int
    took_ms: list[float]


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def told(self) -> Told:
        """The server's own view; asking starts its list of durations anew."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(b"GET /told HTTP/1.1\r\nConnection: close\r\n\r\n")
            data = b""
            while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < _length(data):
                data += connection.recv(1 << 20)
        return Told(**json.loads(data.partition(b"\r\n\r\n")[2]))


def _length(data: bytes) -> int:
    return int(data.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks._servers", json.dumps(asdict(behaviour))]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield Server(int(process.stdout.readline()), process.pid)
        finally:
            process.kill()


async def _serve(behaviour: Behaviour) -> None:
    state = State(behaviour)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(state), "127.0.0.1", 0, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Behaviour(**json.loads(sys.argv[1]))))
