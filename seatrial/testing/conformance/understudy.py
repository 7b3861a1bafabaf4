"""Another process that plays the action from JSON alone, and dies in the middle of it when told to.

Run as `python -m seatrial.testing.conformance.understudy PACK...`; one order a line, one answer a line.
Single-threaded, so that it may fork.
"""

import inspect
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from seatrial.crew.hand import answer
from seatrial.crew.verbs import Answer, Apply, Request, TakeBack
from seatrial.journal.entries import Undo
from seatrial.model.base import Model
from seatrial.pack import Pack, load_packs

ROUND_TIMEOUT_S = 60.0
"""An apply that takes longer is killed: the kit does not hang with it."""


class Play(Model):
    """Do what a request asks, in this process."""

    order: Literal["play"] = "play"
    request: Request


class PlayAtOnce(Model):
    """Undo in several processes at the same time."""

    order: Literal["play_at_once"] = "play_at_once"
    undo: Undo
    times: int


class DieAfter(Model):
    """Apply in a process that is killed after so many seconds; None: it is let finish."""

    order: Literal["die_after"] = "die_after"
    undo: Undo
    seconds: float | None


class DieAtLine(Model):
    """Apply in a process that kills itself before the n-th line of the action's own code."""

    order: Literal["die_at_line"] = "die_at_line"
    undo: Undo
    line: int


Order = Annotated[Play | PlayAtOnce | DieAfter | DieAtLine, Field(discriminator="order")]
_ORDER: TypeAdapter[Order] = TypeAdapter(Order)


class Told(Model):
    """What came of an order."""

    answers: tuple[Answer, ...] = ()
    finished: bool = True
    """False where the process was killed before apply had returned."""
    took_s: float = 0.0


class Understudy:
    """The other process, as the tests use it."""

    def __init__(self, packs: Sequence[Path]) -> None:
        module = "seatrial.testing.conformance.understudy"
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *(str(pack.absolute()) for pack in packs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",  # an undo may run anywhere
        )
        self._given = self._heard = 0

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.communicate()

    def tell(self, order: Order) -> Told:
        """Give an order and wait for what comes of it.

        A test that ran out of time has not waited for its own: what came of that one is heard first, and
        by then its apply is over, too.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._given += 1
        self._process.stdin.write(order.model_dump_json(by_alias=True).encode() + b"\n")
        self._process.stdin.flush()
        while self._heard < self._given:
            line = self._process.stdout.readline()
            assert line, "the understudy died; its last words are above"
            self._heard += 1
        return Told.model_validate_json(line)


def main() -> None:
    """Follow orders until there are no more."""
    pack = load_packs(*map(Path, sys.argv[1:]))
    for line in sys.stdin.buffer:
        told = _follow(_ORDER.validate_json(line), pack)
        sys.stdout.write(told.model_dump_json() + "\n")
        sys.stdout.flush()


def _follow(order: Order, pack: Pack) -> Told:
    match order:
        case Play():
            return Told(answers=(_answer(order.request, pack),))
        case PlayAtOnce():
            return _at_once(order, pack)
        case DieAfter():
            return _die(order.undo, pack, after_s=order.seconds)
        case DieAtLine():
            return _die(order.undo, pack, line=order.line)


def _answer(request: Request, pack: Pack) -> Answer:
    return answer(request.model_dump_json(by_alias=True).encode(), pack)


def _at_once(order: PlayAtOnce, pack: Pack) -> Told:
    starting_shot, fire = os.pipe()
    ends: list[tuple[int, int]] = []
    for _ in range(order.times):
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(fire)
            os.read(starting_shot, 1)  # the end of the pipe
            os.write(theirs, _answer(TakeBack(undo=order.undo), pack).model_dump_json().encode())
            os._exit(0)
        os.close(theirs)
        ends.append((pid, ours))
    os.close(starting_shot)
    os.close(fire)
    return Told(answers=tuple(_collect(pid, end) for pid, end in ends))


def _collect(pid: int, end: int) -> Answer:
    with os.fdopen(end, "rb") as said:
        heard = said.read()
    os.waitpid(pid, 0)
    return Answer.model_validate_json(heard)


def _die(undo: Undo, pack: Pack, *, after_s: float | None = None, line: int | None = None) -> Told:
    """Apply in a child; killed by SIGKILL after a while, or before a line of its own code."""
    # As a run's template does. Else each child would import, traced line by line, and most would die there.
    pack.actions[undo.action].warm_up()
    begun, begin = os.pipe()
    pid = os.fork()
    if pid == 0:
        request = Apply(undo=undo)
        os.write(begin, b"!")
        if line is not None:
            _kill_before_line(line, _own_files(pack, undo.action))
        said = _answer(request, pack)
        sys.settrace(None)
        os._exit(0 if said.failure is None else 1)
    os.read(begun, 1)
    os.close(begun)
    os.close(begin)
    began = time.monotonic()
    child = os.pidfd_open(pid)
    if not select.select([child], [], [], ROUND_TIMEOUT_S if after_s is None else after_s)[0]:
        os.kill(pid, signal.SIGKILL)
    os.close(child)
    _, status = os.waitpid(pid, 0)
    return Told(finished=not os.WIFSIGNALED(status), took_s=time.monotonic() - began)


def _own_files(pack: Pack, action: str) -> frozenset[str]:
    """The files that an action's class and its bases come from, without those of the libraries below."""
    below = ("pydantic", "seatrial.action", "seatrial.model", "abc", "typing", "builtins")
    bases = [base for base in pack.actions[action].__mro__ if not base.__module__.startswith(below)]
    return frozenset(inspect.getfile(base) for base in bases)


def _kill_before_line(number: int, files: frozenset[str]) -> None:
    seen = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal seen
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)


if __name__ == "__main__":
    main()
