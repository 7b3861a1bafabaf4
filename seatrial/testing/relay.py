"""A TCP relay before a real server: slow, cut off, or silent, as a test wants it.

with Relay("198.18.0.1", 6443, delay_s=0.02) as relay:      # 20 ms each way
    ...                                                     # ask 127.0.0.1:relay.port
    relay.cut()                                             # connections break, new ones are refused
    relay.mend()
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

_T = TypeVar("_T")
_CHUNK: Final = 65536


class Relay:
    """Relays until it is left. Listens on a free port of loopback."""

    def __init__(self, host: str, port: int, *, delay_s: float = 0.0) -> None:
        self._host = host
        self._port = port
        self.delay_s = delay_s
        """How long each piece is on its way, either way."""
        self.port = 0
        self._is_silent = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._going: set[asyncio.Task[None]] = set()

    def __enter__(self) -> "Relay":
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Break every connection and refuse new ones."""
        self._do(self._cut())

    def mend(self) -> None:
        """Let through again, on the same port."""
        self._is_silent = False
        if self._server is None:
            self._do(self._listen())

    def fall_silent(self) -> None:
        """Keep every connection, and pass nothing on: a machine that lost its power."""
        self._is_silent = True

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _end(self) -> None:
        for task in self._going:
            task.cancel()
        await asyncio.gather(*self._going, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._going.add(task)
        self._open.add(writer)
        try:
            ours, theirs = await asyncio.open_connection(self._host, self._port)
            self._open.add(theirs)
            await asyncio.gather(self._pass(reader, theirs), self._pass(ours, writer))
        except OSError:
            writer.transport.abort()
        finally:
            self._going.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pieces arrive in order, each after its own time on the way."""
        loop = asyncio.get_running_loop()
        arrives_s = 0.0
        with contextlib.suppress(OSError):
            while piece := await reader.read(_CHUNK):
                if self._is_silent:
                    continue
                arrives_s = max(arrives_s, loop.time() + self.delay_s)
                loop.call_at(arrives_s, _write, writer, piece)
        loop.call_at(max(arrives_s, loop.time() + self.delay_s), _finish, writer)


def _write(writer: asyncio.StreamWriter, piece: bytes) -> None:
    if not writer.is_closing():
        writer.write(piece)


def _finish(writer: asyncio.StreamWriter) -> None:
    if not writer.is_closing():
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof() if writer.can_write_eof() else writer.close()
