"""Workers: activities in processes that can be killed, with their imports paid once."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final

import anyio
import anyio.lowlevel
import anyio.to_thread

from seatrial.crew.channel import Channel
from seatrial.crew.forker import ANSWER_BYTES_MAX, START_TIMEOUT_S, Forker, Hand, HandProcess
from seatrial.errors import Refused
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.outcome import Outcome, Status
from seatrial.toolkit.root import Root, start_root

_WITHOUT_A_TURN: Final = 8
"""So many quick activities of a row may keep the event loop from what else goes on."""


@dataclass(eq=False)
class Worker:
    """One hand; what its activities leave in memory is there for the next."""

    hand: Hand
    is_gone: bool = False

    async def ask(self, request: dict[str, Any], timeout_s: float | None = None) -> dict[str, Any]:
        """Send a request, wait for the answer; where that is cut short the hand and all of its is killed.

        Raises TimeoutError, and EOFError where the hand died.
        """
        answered = False
        try:
            with anyio.fail_after(timeout_s) if timeout_s is not None else nullcontext():
                await self.hand.channel.send(json.dumps(request).encode())
                line = await self.hand.channel.receive()
            answered = True
            return json.loads(line)  # type: ignore[no-any-return]
        finally:
            if not answered:
                self.kill()

    async def outcome(self, request: dict[str, Any], timeout_s: float | None = None) -> Outcome:
        """The outcome of a request that runs an activity."""
        try:
            return Outcome.model_validate(await self.ask(request, timeout_s))
        except TimeoutError:
            reason = f"it did not end within {timeout_s:g} s, and was killed"
            return Outcome(status=Status.TIMEOUT, reason=reason)
        except EOFError as error:
            return Outcome(status=Status.DIED, reason=str(error))

    async def row(self, request: dict[str, Any], count: int, took: Callable[[Outcome], None]) -> None:
        """Send a request that is answered once an activity, up to one that ends the run.

        `took` hears of each, in order. Where it is cut short the hand is killed, and `took` hears of those
        that had ended by then.
        """
        left = count
        try:
            await self.hand.channel.send(json.dumps(request).encode())
            while left:
                outcome = _outcome(await self.hand.channel.receive())
                left = 0 if outcome.status is Status.INTERRUPTED else left - 1
                took(outcome)
                if left and not left % _WITHOUT_A_TURN:
                    await anyio.lowlevel.checkpoint()
        except EOFError as error:
            left = 0
            self.kill()
            took(Outcome(status=Status.DIED, reason=str(error)))
        finally:
            if left:
                self.hand.process.kill_session()
                for line in self.hand.channel.rest():
                    took(_outcome(line))
                self.close()

    def kill(self) -> None:
        """End it and everything of its session."""
        self.hand.process.kill_session()
        self.close()

    def close(self) -> None:
        """Let it go: it ends once it is idle, and what it started on purpose lives on."""
        self.is_gone = True
        self.hand.close()


def _outcome(line: bytes) -> Outcome:
    """By the standard library: what an activity returns may be no number, or half a surrogate pair."""
    return Outcome.model_validate(json.loads(line))


class Workers:
    """Hands on demand, out of one root. Use `open_workers`, or `workers_of` a root that is there."""

    def __init__(self, root: Root, first: Worker) -> None:
        self._root = root
        self.first = first
        """The root before it forks: what it learns, all hands know."""
        self._forker = Forker(root.pid, root.control)
        self._idle: list[Worker] = []
        self._limiter = anyio.CapacityLimiter(64)

    async def settle(self) -> None:
        """From here on the root only forks; raises Refused where it died."""
        try:
            await self.first.hand.channel.send(b'{"verb": "fork"}')
            await self._forker.ready()
        except (OSError, EOFError) as error:
            raise not_started(error) from None

    async def fork(self) -> Worker:
        """A hand of one's own; raises OSError where no process can be made."""
        return Worker(await self._forker.fork())

    async def run(
        self,
        activity: Activity,
        configuration: dict[str, Any] | None = None,
        secrets: dict[str, dict[str, Any]] | None = None,
        *,
        judge: bool = False,
        timeout_s: float | None = None,
    ) -> Outcome:
        """Run one activity in any hand; it is killed at the earliest of `timeout_s` and its own deadline."""
        limits = [limit for limit in (timeout_s, activity.deadline_s()) if limit is not None]
        request = {
            "verb": "run",
            "activity": activity.document,
            "configuration": configuration or {},
            "secrets": secrets or {},
            "judge": judge,
        }
        async with self._limiter:
            try:
                worker = self._idle.pop() if self._idle else await self.fork()
            except OSError as error:
                return Outcome(status=Status.DIED, reason=f"no worker process: {error.strerror or error}")
            outcome = await worker.outcome(request, min(limits, default=None))
        if outcome.status not in (Status.TIMEOUT, Status.DIED):
            self._idle.append(worker)
        return outcome

    def close(self) -> None:
        """End the root, and with it every hand."""
        for worker in (self.first, *self._idle):
            worker.close()
        self._root.close()


@asynccontextmanager
async def open_workers(modules: Sequence[str] = (), held_open: Sequence[int] = ()) -> AsyncIterator[Workers]:
    """Workers that have chaoslib and these modules imported; raises Refused where they cannot be started.

    `held_open`: descriptors that every process of them keeps, so that their end tells when all are gone.
    """
    root: Root | None = None
    try:
        root = start_root(held_open)
        teach = {"verb": "import", "modules": list(modules)}
        await anyio.to_thread.run_sync(root.ask, teach, START_TIMEOUT_S)
    except (OSError, EOFError) as error:
        if root is not None:
            root.close()
        raise not_started(error) from None
    async with workers_of(root) as workers:
        await workers.settle()
        yield workers


@asynccontextmanager
async def workers_of(root: Root) -> AsyncIterator[Workers]:
    """Workers that know what this root has learnt, once they are settled; it is ended with them."""
    channel = Channel(root.stream, ANSWER_BYTES_MAX)
    workers = Workers(root, Worker(Hand(HandProcess(root.pid), channel)))
    try:
        yield workers
    finally:
        workers.close()


def not_started(error: Exception) -> Refused:
    """Why there are no workers."""
    reason = (
        f"no sign of them within {START_TIMEOUT_S:g} s" if isinstance(error, TimeoutError) else str(error)
    )
    return Refused(f"the worker processes did not start: {reason}", "nothing was touched")
