"""A stop for a whole store: no run goes on, none begins, until it is lifted."""

import os
import signal
from pathlib import Path
from typing import Final

from seatrial.errors import Refused, StoreError
from seatrial.store import Store
from seatrial.targets.process import start_ticks

HALT_NAME: Final = "HALT"


def _path(store: Store) -> Path:
    return store.root / HALT_NAME


def halt(store: Store, reason: str) -> list[str]:
    """Refuse new runs and stop those that go on; returns the ids of the runs that were told."""
    store.root.mkdir(parents=True, exist_ok=True)
    _path(store).write_text(reason + "\n")
    told: list[str] = []
    for run in store.runs():
        if not run.is_held():
            continue
        try:
            runner = run.journal().started.runner
        except StoreError:
            continue  # it is about to begin, and will see the halt itself
        if start_ticks(runner.pid) == runner.start_ticks:
            os.kill(runner.pid, signal.SIGTERM)
            told.append(run.id)
    return told


def lift(store: Store) -> bool:
    """Let runs begin again; False where nothing was halted."""
    existed = _path(store).exists()
    _path(store).unlink(missing_ok=True)
    return existed


def halted(store: Store) -> str | None:
    """Why runs are halted; None where they are not."""
    try:
        return f"halted: {_path(store).read_text().strip()}"
    except FileNotFoundError:
        return None


def refuse_when_halted(store: Store) -> None:
    """Raises Refused where this store is halted."""
    reason = halted(store)
    if reason is not None:
        raise Refused(
            f"every run of {store.root} is {reason}", "let them begin again with `seatrial halt --lift`"
        )
