"""The crew: hands on demand, a bounded number at work, none that cannot be killed.

A hand does one verb at a time in a process of its own. Of actions that only ask others over the network, a
thousand targets are a thousand times the same waiting: there a process has many lanes, each a hand.
"""

import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import anyio

from seatrial.crew.forker import START_TIMEOUT_S, Forker, Hand
from seatrial.crew.lanes import Lanes
from seatrial.crew.turns import Turn, Turns
from seatrial.crew.verbs import Answer, Failure, Request, TakeBack, action_of
from seatrial.errors import Refused

AT_ONCE: Final = 8
"""How many verbs run at the same time."""
ASKING_AT_ONCE: Final = 128
"""The same for actions that only ask others."""
WAITING_MAX: Final = 64
"""How many more may have been at it for longer than `SLOW_S`: those that hang keep no other from its turn."""
SLOW_S: Final = 0.5
READY_AT_ONCE: Final = 2
"""How many hands are ready from the beginning."""
RESERVED: Final = 1
"""How many of them only an undo may have: it works where this machine cannot start a process any more."""


class Crew:
    """Does verbs in processes that can be killed. Use `open_crew`."""

    def __init__(self, forker: Forker) -> None:
        self._forker = forker
        self._lanes = Lanes(forker)
        self._turns = Turns(AT_ONCE, WAITING_MAX)
        self._asking_turns = Turns(ASKING_AT_ONCE, WAITING_MAX)
        self._only_ask: frozenset[str] = frozenset()
        self._idle: list[Hand] = []
        self._busy: set[Hand] = set()

    async def call(self, request: Request, timeout_s: float) -> Answer:
        """Do one verb. A hand that takes longer, or whose caller is cancelled, is killed."""
        turns = self._asking_turns if self._only_asks(request) else self._turns
        async with turns.take() as turn:
            try:
                hand = await self._hand_for(request)
            except OSError as error:
                reason = f"no worker process: {error.strerror or error}"
                return Answer(failure=Failure.RETRYABLE, reason=reason)
            self._busy.add(hand)
            return await self._ask(hand, request, timeout_s, turn)

    def _only_asks(self, request: Request) -> bool:
        return action_of(request) in self._only_ask

    async def _hand_for(self, request: Request) -> Hand:
        if self._only_asks(request):
            try:
                # Whom one that hangs takes with it does the same, and shares its fate anyway.
                return await self._lanes.take(f"{request.verb} {action_of(request)}")
            except OSError:
                if not isinstance(request, TakeBack) or not self._idle:
                    raise
        reserved = 0 if isinstance(request, TakeBack) else RESERVED
        return self._idle.pop() if len(self._idle) > reserved else await self._forker.fork()

    async def _ask(self, hand: Hand, request: Request, timeout_s: float, turn: Turn) -> Answer:
        answered = False
        try:
            with anyio.fail_after(timeout_s):
                await hand.channel.send(request.model_dump_json().encode())
                line = await _answer_of(hand, turn)
            answered = True
            return Answer.model_validate_json(line)
        except TimeoutError:
            return Answer(
                failure=Failure.TIMEOUT, reason=f"{request.verb} did not end within {timeout_s:g} s"
            )
        except EOFError:
            return Answer(failure=Failure.DIED, reason=f"the worker process died during {request.verb}")
        finally:
            self._busy.discard(hand)
            if not answered:
                hand.kill()
                for lost in (hand, *self._lanes.drop(hand)):
                    lost.close()
            elif hand not in self._lanes:
                self._idle.append(hand)
            elif not self._lanes.give_back(hand):
                hand.close()

    async def warm(self) -> None:
        """Have hands ready before they are needed; raises Refused where none can be made."""
        try:
            self._only_ask = frozenset((await self._forker.ready()).decode().split())
            while len(self._idle) < READY_AT_ONCE:
                self._idle.append(await self._forker.fork())
        except TimeoutError:
            raise _not_started(f"no sign of them within {START_TIMEOUT_S:g} s") from None
        except OSError as error:
            raise _not_started(error.strerror or str(error)) from None

    async def close(self) -> None:
        """End every hand and the template, and wait until they are gone."""
        idle = [*self._idle, *self._lanes.idle]
        for hand in (*idle, *self._busy):
            hand.kill()
        for hand in idle:
            hand.close()
        self._forker.end()


async def _answer_of(hand: Hand, turn: Turn) -> bytes:
    with anyio.move_on_after(SLOW_S):
        return await hand.channel.receive()
    turn.give_up()
    return await hand.channel.receive()


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
