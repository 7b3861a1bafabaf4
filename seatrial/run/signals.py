"""Signals: the first one ends the run in order, later ones never cost an undo, and none costs the report."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import anyio

from seatrial.journal.entries import StopKind
from seatrial.run.stop import StopSwitch

Tell = Callable[[str], None]

_REASONS: Final = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "SIGTERM",
    signal.SIGHUP: "SIGHUP: the terminal was closed",
}


class Signals:
    """Those that came, in order. Use `held`: while it is open none of them ends this process."""

    def __init__(self) -> None:
        self.received: list[signal.Signals] = []
        self._wake: Callable[[], object] = lambda: None

    def take(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(signal.Signals(number))
        self._wake()

    async def watch(self, on_signal: Callable[[signal.Signals], None]) -> None:
        """Call with every signal, also with those that came before; runs until cancelled."""
        loop, news, seen = asyncio.get_running_loop(), anyio.Event(), 0
        self._wake = lambda: loop.call_soon_threadsafe(news.set)
        try:
            while True:
                news = anyio.Event()
                for number in self.received[seen:]:
                    on_signal(number)
                    seen += 1
                if seen == len(self.received):
                    await news.wait()
        finally:
            self._wake = lambda: None


_open: list[Signals] = []
"""At most one: signals belong to the process."""


@contextmanager
def held() -> Iterator[Signals]:
    """Until the end of the outermost such block, signals only become news."""
    if _open:
        yield _open[0]
        return
    signals = Signals()
    if threading.current_thread() is not threading.main_thread():
        yield signals  # the main thread gets them, and whoever rules there
        return
    before = {number: signal.signal(number, signals.take) for number in _REASONS}
    _open.append(signals)
    try:
        yield signals
    finally:
        _open.clear()
        for number, handler in before.items():
            signal.signal(number, handler)


async def watch_signals(
    signals: Signals, stop: StopSwitch, halted: Callable[[], str | None], tell: Tell
) -> None:
    """Turn the switch at the first signal; tell what goes on at every later one. Runs until cancelled."""

    def on_signal(number: signal.Signals) -> None:
        reason = halted()
        why = StopKind.INTERRUPT if reason is None else StopKind.HALT
        if stop.turn(why, reason or _REASONS[number]):
            return
        if stop.waiting is not None:
            stop.waiting.cancel()
            return
        with contextlib.suppress(OSError):  # nobody may be there to read it
            tell("still undoing: this is not skipped; each step has a deadline, and the guardian is there")

    await signals.watch(on_signal)
