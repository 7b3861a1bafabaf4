"""What a guardian does: listen to the runner, and finish its run where it cannot."""

import contextlib
import os
import signal
import socket
from functools import partial
from typing import Final

import anyio
import anyio.abc
import anyio.to_thread
from anyio.streams.buffered import BufferedByteReceiveStream

from seatrial.crew.crew import crew_of
from seatrial.crew.template import fork_template
from seatrial.guardian.fuse import fork_fuse
from seatrial.guardian.protocol import (
    ARM,
    BEAT,
    FUSE_QUIT,
    LINE_BYTES_MAX,
    QUIT,
    READY,
    SILENCE_MAX_S,
    TAKE,
)
from seatrial.guardian.takeover import TakeOver, end_runner, own_or_remember, wait_for_crew
from seatrial.journal.entries import GuardianReady, Process, Undo
from seatrial.pack import Pack
from seatrial.store import Run
from seatrial.targets.process import Identity, this_process, wait_until_gone

_ENDING_S: Final = 5.0
"""How long a runner that has injected nothing may take to end."""


class _Watch:
    """Listens to the runner until it says goodbye, dies or falls silent."""

    def __init__(self, stream: anyio.abc.SocketStream) -> None:
        self._stream = stream
        self._received = BufferedByteReceiveStream(stream)
        self._armed: dict[str, Undo] = {}
        self.was_asked = False
        """True where the runner is well, and waits."""

    def newest_first(self) -> list[Undo]:
        """What the runner said that it injects."""
        return list(reversed(self._armed.values()))

    async def until_needed(self) -> str | None:
        """Why the runner needs help; None when it ended well."""
        while True:
            try:
                with anyio.fail_after(SILENCE_MAX_S):
                    line = await self._received.receive_until(b"\n", LINE_BYTES_MAX)
            except TimeoutError:
                return f"the runner was silent for {SILENCE_MAX_S:g} s"
            except (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
                return "the runner died"
            word, _, payload = line.partition(b" ")
            if word == QUIT:
                return None
            if word == TAKE:
                self.was_asked = True
                return "the runner handed over, for an undo had failed"
            if word == ARM:
                undo = Undo.model_validate_json(payload)
                self._armed[undo.id] = undo
            elif word == BEAT:
                await self._answer()

    async def _answer(self) -> None:
        try:
            await self._stream.send(BEAT + b" \n")
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # the next receive tells


async def _guard(
    run: Run,
    runner: Identity,
    ready: GuardianReady,
    *,
    link: socket.socket,
    crew_pipe: int,
    template: tuple[int, socket.socket],
) -> None:
    link.setblocking(False)
    async with await anyio.abc.SocketStream.from_socket(link) as stream, crew_of(*template) as crew:
        watch = _Watch(stream)
        try:
            await stream.send(READY + b" " + ready.model_dump_json().encode() + b"\n")
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # it died before anything could be injected
        reason = await watch.until_needed()
        if reason is None:
            return
        if not watch.newest_first() and not wait_until_gone(runner.pid, _ENDING_S):
            return  # nothing was injected, and it is there to tell so itself
        with anyio.CancelScope(shield=True):
            if not watch.was_asked:
                end_runner(runner)
                await anyio.to_thread.run_sync(wait_for_crew, crew_pipe)
            ledger, journal = await own_or_remember(run)
            if journal is None or not journal.is_over:
                await TakeOver(run, crew, ledger, journal, "guardian", reason).finish(watch.newest_first())
            ledger.close()


def guard(
    run: Run,
    runner: Identity,
    pack: Pack,
    *,
    link: socket.socket,
    crew_pipe: int,
    fuse_pipe: tuple[int, int],
) -> None:
    """Be the guardian of a run, in a process that has no other thread; returns once it is over."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    template = fork_template(pack, [link.fileno(), crew_pipe, *fuse_pipe])
    hears, tells = fuse_pipe
    fuse = fork_fuse(run, pack, runner, pipe=hears, crew_pipe=crew_pipe)
    os.close(hears)
    ready = GuardianReady(guardian=Process.of(this_process()), fuse=Process.of(fuse))
    anyio.run(partial(_guard, run, runner, ready, link=link, crew_pipe=crew_pipe, template=template))
    with contextlib.suppress(OSError):
        os.write(tells, FUSE_QUIT + b"\n")
