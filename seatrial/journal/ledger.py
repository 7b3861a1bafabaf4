"""Where undo writes down what it does: a journal, or nothing at all when the disk is gone."""

import contextlib
import sys
import time
from typing import Protocol

from seatrial.journal.entries import Entry


class Ledger(Protocol):
    """What undo needs of a journal; none of it can stop undo."""

    @property
    def now_s(self) -> float:
        """Seconds since the run began."""

    def append_if_possible(self, *entries: Entry) -> None: ...

    async def commit_if_possible(self) -> None: ...

    def sync_if_possible(self) -> None: ...

    def close(self) -> None: ...


class KeptLedger:
    """There is no journal here: entries are kept in memory, for whoever asked for the undo."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self.entries: list[Entry] = []

    @property
    def now_s(self) -> float:
        return time.monotonic() - self._began_s

    def append_if_possible(self, *entries: Entry) -> None:
        self.entries += entries

    async def commit_if_possible(self) -> None:
        return

    def sync_if_possible(self) -> None:
        return

    def close(self) -> None:
        return


class LostLedger:
    """The journal cannot be reached: entries go to stderr, undo goes on."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    @property
    def now_s(self) -> float:
        return time.monotonic() - self._began_s

    def append_if_possible(self, *entries: Entry) -> None:
        for entry in entries:
            with contextlib.suppress(OSError, ValueError):  # the terminal may be gone as well
                sys.stderr.write(f"seatrial: not in the journal: {entry.model_dump_json()}\n")

    async def commit_if_possible(self) -> None:
        return

    def sync_if_possible(self) -> None:
        return

    def close(self) -> None:
        return
