"""Starts Locust in a process of its own, and tells what it did, second by second.

    engine ──spawns──▶ locust (own session) ──forks──▶ workers
       ▲                  │ stdout, stderr ─▶ locust.log  │
       └── LoadSecond ◀── merge ◀──── SEQPACKET socket ◀──┘

Nothing outlives the engine: the kernel kills Locust when the engine dies, and its workers when
Locust dies; whoever is left sees the socket close.
"""

import math
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio

from seatrial.errors import SeatrialError
from seatrial.load.channel import Channel
from seatrial.load.clock import clock_offset_s
from seatrial.load.command import free_port, locust_argv, locust_environment, shim_configuration
from seatrial.load.merge import SecondMerger
from seatrial.load.process import LocustProcess
from seatrial.load.second import LoadSecond
from seatrial.load.wire import Message
from seatrial.model.load import Load

START_WITHIN_S = 30.0
"""Locust takes half a second on an idle core; machines that run tests are not idle."""
STOP_WITHIN_S = 3.0
LOG_NAME = "locust.log"


class LoadError(SeatrialError):
    """There is no load, or no longer: Locust did not start, or ended by itself."""


class LoadGenerator:
    """One Locust run.

    `async with LoadGenerator(load, run_folder=folder, seed=1) as generator` returns when every
    worker has begun to send, and raises LoadError when that does not happen; leaving it ends the load.
    The path of a Locust file must be absolute (`Load.resolved`).
    """

    def __init__(self, load: Load, *, run_folder: Path, seed: int) -> None:
        self._load = load
        self._seed = seed
        self._log = run_folder / LOG_NAME
        self._clock_offset_s = clock_offset_s()
        self._started: set[str] = set()
        self._worker_pids: dict[str, int] = {}
        self._stopping = False
        self._resources = ExitStack()
        self._channel: Channel
        self._process: LocustProcess
        self._merger: SecondMerger
        self.master_address = ""
        """`host:port` on which remote workers are awaited, where there are any."""

    @property
    def group_id(self) -> int:
        """The process group of Locust and its local workers; nothing else is in it."""
        return self._process.pid

    def process_ids(self) -> tuple[int, ...]:
        """Locust's own pid, then those of its local worker processes."""
        return tuple(dict.fromkeys([self._process.pid, *(pid for pid in self._worker_pids.values() if pid)]))

    async def __aenter__(self) -> Self:
        """Start Locust, and return when every worker has begun to send."""
        self._channel = self._resources.enter_context(Channel())
        try:
            await self._start_process()
        except BaseException:
            self._resources.close()
            raise
        try:
            await self._await_start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the load: gently after a normal run, at once after an error or a cancellation."""
        try:
            if error is None:
                await self.stop()
        finally:
            await self._close()

    async def seconds(self) -> AsyncIterator[LoadSecond]:
        """Every second since the start, without a gap, each at most 0.2 s after it has ended.

        Ends after `stop()` with what was left, the last, unfinished second; also when the Locust file's own
        LoadTestShape is over. Raises LoadError as soon as Locust has ended by itself.
        """
        ended = False
        while not ended:
            ended = await self._receive(until_unix=self._merger.next_due_unix)
            for second in self._merger.ready(self._now_unix()):
                yield second
        for second in self._merger.rest():
            yield second
        if not self._stopping and not await self._shape_is_over():
            raise await self._ended_by_itself()

    def end_monotonic_s(self, second: LoadSecond) -> float:
        """When a second ended, on CLOCK_MONOTONIC."""
        return second.second_unix + 1 - self._clock_offset_s

    async def stop(self) -> None:
        """Ask Locust to end, and make it end: 3 s at most."""
        self._stopping = True
        with anyio.CancelScope(shield=True):
            self._process.signal_group(signal.SIGTERM)
            if not await self._process.ended(STOP_WITHIN_S):
                self._process.signal_group(signal.SIGKILL)
                await self._process.ended(STOP_WITHIN_S)

    async def _start_process(self) -> None:
        load = self._load
        port = 0
        if load.workers is not None and load.workers.kubernetes is not None:
            await self._start_relay()
            return
        if load.workers is not None:
            port = load.workers.port or free_port(load.workers.bind)
            self.master_address = f"{load.workers.bind}:{port}"
        elif load.processes > 1:
            port = free_port("127.0.0.1")
        self._process = await LocustProcess.start(
            locust_argv(load, port),
            locust_environment(load),
            shim_configuration(load, seed=self._seed, clock_offset_s=self._clock_offset_s),
            self._channel.child_fd,
            log=self._log,
            folder=load.locustfile.parent if load.locustfile is not None else None,
        )
        self._channel.handed_over()

    async def _start_relay(self) -> None:
        """In Locust's place: pods send the load, and what they say comes by the same socket."""
        from seatrial.load.pods.command import relay_argv, relay_configuration

        self._process = await LocustProcess.start(
            relay_argv(self._load),
            dict(os.environ),
            relay_configuration(self._load, seed=self._seed),
            self._channel.child_fd,
            log=self._log,
            folder=None,
        )
        self._channel.handed_over()

    async def _await_start(self) -> None:
        within_s = START_WITHIN_S
        if self._load.workers is not None:
            within_s += self._load.workers.connect_within
        give_up_unix = self._now_unix() + within_s
        self._merger = SecondMerger(self._load.generators, math.floor(self._now_unix()))
        while len(self._started) < self._load.generators:
            if await self._receive(until_unix=give_up_unix):
                raise await self._ended_by_itself()
            if self._now_unix() >= give_up_unix:
                raise self._not_started(within_s)

    async def _receive(self, *, until_unix: float) -> bool:
        """Take what has arrived, waiting for something until then; whether that was the end."""
        with anyio.move_on_after(max(until_unix - self._now_unix(), 0)):
            await self._channel.wait()
        try:
            while (message := self._channel.received()) is not None:
                self._take(message)
        except EOFError:
            return True
        return False

    def _take(self, message: Message) -> None:
        if message["kind"] == "part":
            self._merger.add(message)
            return
        self._worker_pids[message["worker"]] = message["pid"]
        if message["kind"] == "started" and message["worker"] not in self._started:
            if not self._started:
                self._begin_seconds(message["second"])
            self._started.add(message["worker"])

    def _begin_seconds(self, second: int) -> None:
        now_unix = self._now_unix()
        this_second = math.floor(now_unix)  # by this machine's clock: a remote worker's may be off
        self._merger = SecondMerger(
            self._load.generators,
            min(max(second, this_second - 1), this_second),
            warm_up_until_unix=now_unix + self._load.warm_up if self._load.warm_up else 0.0,
        )

    async def _shape_is_over(self) -> bool:
        await self._process.ended(STOP_WITHIN_S)
        return self._load.shape and self._process.returncode == 0

    async def _ended_by_itself(self) -> LoadError:
        await self._process.ended(STOP_WITHIN_S)
        code = self._process.returncode
        how = f"with exit code {code}" if code is not None else "its connection, though not its process"
        when = "in the middle of the run" if self._started else "before it sent anything"
        return LoadError(
            f"Locust ended {when}, {how}. Its last words:\n{self._process.last_words()}",
            hint=f"All of its output is in {self._log}.",
        )

    def _not_started(self, within_s: float) -> LoadError:
        there, wanted = len(self._started), self._load.generators
        return LoadError(
            f"After {within_s:.0f} s {there} of {wanted} load workers had started. Locust's last words:\n"
            + self._process.last_words(),
            hint=f"All of Locust's output is in {self._log}.",
        )

    def _now_unix(self) -> float:
        """Seconds since the epoch that no change of the wall clock moves; the shim uses the same."""
        return time.monotonic() + self._clock_offset_s

    async def _close(self) -> None:
        try:
            await self._process.destroy()
        finally:
            self._resources.close()
