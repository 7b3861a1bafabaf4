"""The crew: hands on demand, a bounded number at work, none that cannot be killed."""

import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import anyio

from seatrial.crew.forker import START_TIMEOUT_S, Forker, Hand
from seatrial.crew.verbs import Answer, Failure, Request, TakeBack
from seatrial.errors import Refused

AT_ONCE: Final = 8
"""How many verbs run at the same time."""
WAITING_MAX: Final = 64
"""How many more may have been at it for longer than `SLOW_S`: those that hang keep no other from its turn."""
SLOW_S: Final = 0.5
READY_AT_ONCE: Final = 2
"""How many hands are ready from the beginning."""
RESERVED: Final = 1
"""How many of them only an undo may have: it works where this machine cannot start a process any more."""
ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024


class Crew:
    """Does verbs in processes that can be killed. Use `open_crew`."""

    def __init__(self, forker: Forker) -> None:
        self._forker = forker
        self._limiter = anyio.CapacityLimiter(AT_ONCE + WAITING_MAX)
        self._turns = anyio.Semaphore(AT_ONCE)
        self._idle: list[Hand] = []
        self._busy: set[Hand] = set()

    async def call(self, request: Request, timeout_s: float) -> Answer:
        """Do one verb. A hand that takes longer, or whose caller is cancelled, is killed."""
        async with self._limiter, _Turn(self._turns) as turn:
            try:
                hand = await self._hand_for(request)
            except OSError as error:
                reason = f"no worker process: {error.strerror or error}"
                return Answer(failure=Failure.RETRYABLE, reason=reason)
            self._busy.add(hand)
            return await self._ask(hand, request, timeout_s, turn)

    async def _hand_for(self, request: Request) -> Hand:
        reserved = 0 if isinstance(request, TakeBack) else RESERVED
        return self._idle.pop() if len(self._idle) > reserved else await self._forker.fork()

    async def _ask(self, hand: Hand, request: Request, timeout_s: float, turn: "_Turn") -> Answer:
        answered = False
        try:
            with anyio.fail_after(timeout_s):
                await hand.stream.send(request.model_dump_json(by_alias=True).encode() + b"\n")
                line = await _answer_of(hand, turn)
            answered = True
            return Answer.model_validate_json(line)
        except TimeoutError:
            return Answer(
                failure=Failure.TIMEOUT, reason=f"{request.verb} did not end within {timeout_s:g} s"
            )
        except (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
            return Answer(failure=Failure.DIED, reason=f"the worker process died during {request.verb}")
        finally:
            self._busy.discard(hand)
            if answered:
                self._idle.append(hand)
            else:
                hand.kill()
                with anyio.CancelScope(shield=True):
                    await anyio.aclose_forcefully(hand.stream)

    async def warm(self) -> None:
        """Have hands ready before they are needed; raises Refused where none can be made."""
        try:
            await self._forker.ready()
            while len(self._idle) < READY_AT_ONCE:
                self._idle.append(await self._forker.fork())
        except TimeoutError:
            raise _not_started(f"no sign of them within {START_TIMEOUT_S:g} s") from None
        except OSError as error:
            raise _not_started(error.strerror or str(error)) from None

    async def close(self) -> None:
        """End every hand and the template, and wait until they are gone."""
        for hand in (*self._idle, *self._busy):
            hand.kill()
        for hand in self._idle:
            await anyio.aclose_forcefully(hand.stream)
        self._forker.end()


class _Turn:
    """One of the few places at work; given up early by a verb that takes long."""

    def __init__(self, turns: anyio.Semaphore) -> None:
        self._turns = turns
        self._held = False

    async def __aenter__(self) -> "_Turn":
        await self._turns.acquire()
        self._held = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.give_up()

    def give_up(self) -> None:
        if self._held:
            self._held = False
            self._turns.release()


async def _answer_of(hand: Hand, turn: _Turn) -> bytes:
    with anyio.move_on_after(SLOW_S):
        return await hand.received.receive_until(b"\n", ANSWER_BYTES_MAX)
    turn.give_up()
    return await hand.received.receive_until(b"\n", ANSWER_BYTES_MAX)


@asynccontextmanager
async def open_crew(packs: Sequence[str], held_open: Sequence[int] = ()) -> AsyncIterator[Crew]:
    """A crew with the actions of these packs loaded; raises Refused where it cannot be started.

    `held_open`: descriptors that every process of the crew keeps, so that their end tells when all are gone.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    arguments = [sys.executable, "-m", "seatrial.crew.template", str(theirs.fileno()), *packs]
    with theirs:
        keep = [theirs.fileno(), *held_open]
        try:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, pass_fds=keep)  # noqa: ASYNC220  a fork
        except OSError as error:
            ours.close()
            raise _not_started(error.strerror or str(error)) from None
    process.returncode = 0  # the crew itself waits for it
    async with crew_of(process.pid, ours) as crew:
        yield crew


@asynccontextmanager
async def crew_of(template_pid: int, control: socket.socket) -> AsyncIterator[Crew]:
    """A crew forked by this template; raises Refused where that does not get ready."""
    control.setblocking(True)
    crew = Crew(Forker(template_pid, control))
    try:
        await crew.warm()
        yield crew
    finally:
        with anyio.CancelScope(shield=True):
            await crew.close()


def _not_started(reason: str) -> Refused:
    return Refused(f"the worker processes did not start: {reason}", "nothing was touched")
