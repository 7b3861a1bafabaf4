"""Signals: the first one ends the run in order, later ones never cost an undo."""

import signal
from collections.abc import Callable

import anyio

from seatrial.journal.entries import StopKind
from seatrial.run.stop import StopSwitch

Tell = Callable[[str], None]

_REASONS = {
    signal.SIGINT: "Ctrl-C",
    signal.SIGTERM: "SIGTERM",
    signal.SIGHUP: "SIGHUP: the terminal was closed",
}


async def watch_signals(stop: StopSwitch, halted: Callable[[], str | None], tell: Tell) -> None:
    """Turn the switch at the first signal; tell what goes on at every later one. Runs until cancelled."""
    with anyio.open_signal_receiver(*_REASONS) as received:
        async for number in received:
            reason = halted()
            why = StopKind.INTERRUPT if reason is None else StopKind.HALT
            if stop.turn(why, reason or _REASONS[signal.Signals(number)]):
                continue
            if stop.waiting is not None:
                stop.waiting.cancel()
            else:
                tell(
                    "still undoing: this is not skipped; each step has a deadline, and the guardian is there"
                )
