"""Writing a journal: one owner at a time, every line chained to the one before.

    append ──▶ page cache: survives the death of this process
    commit ──▶ disk (fsync): survives a power cut; many callers share one

Where the disk is full, a reserve kept from the beginning is given up, so that undo can be told.
"""

import datetime
import errno
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from seatrial.errors import StoreError
from seatrial.journal.disk import keep_reserve, lock, sync_folder
from seatrial.journal.entries import Entry, RunEnded
from seatrial.journal.line import NO_LINE, Line, encoded, parsed
from seatrial.journal.reader import Journal, read_journal
from seatrial.journal.scrub import Scrubber
from seatrial.targets.process import boot_id

RESERVE_NAME: Final = "journal.reserve"
COMMIT_WITHIN_S: Final = 5.0

Watcher = Callable[[float, Entry], None]
"""Called with t_s and the entry."""


class JournalWriter:
    """The only writer of a journal; the lock is the operating system's and dies with its holder."""

    def __init__(  # noqa: PLR0917  private: made by `create` and `take_over`
        self,
        path: Path,
        descriptor: int,
        began_s: float,
        n: int,
        previous: str,
        secrets: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self._descriptor = descriptor
        self._size = os.fstat(descriptor).st_size
        self._began_s = began_s
        self._n = n
        self._previous = previous
        self._scrubber = Scrubber(secrets or {})
        self._clock = clock
        self._watchers: list[Watcher] = []
        self._ended = False
        self._written = 0
        self._synced = 0
        self._syncing = anyio.Lock()
        self.lost: list[str] = []
        """Why entries could not be written; empty when the journal is whole."""
        self.lost_watchers: list[str] = []
        """Why watchers are not called any more."""
        self.unwritten: list[tuple[float, Entry]] = []
        """What could not be written, with its t_s: true all the same."""

    @classmethod
    def create(
        cls,
        path: Path,
        secrets: Mapping[str, str] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> "JournalWriter":
        """A new journal whose time begins now; raises StoreError where it cannot be written.

        The values of `secrets` stand in no line. `clock` gives seconds of
        CLOCK_MONOTONIC; a test may bring its own.
        """
        try:
            descriptor = os.open(
                path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # at most for the moment of another's look at it
            keep_reserve(path.with_name(RESERVE_NAME))
            sync_folder(path.parent)
        except OSError as error:
            raise StoreError(f"the journal {path} cannot be made: {error.strerror}", _STORE_HINT) from None
        return cls(path, descriptor, clock(), 0, NO_LINE, secrets, clock)

    @classmethod
    def take_over(cls, path: Path, *, wait: bool = False) -> "JournalWriter":
        """Go on with a journal whose writer is gone; raises BlockingIOError while it is not.

        A torn last line is cut off. With `wait`, blocks until the lock is free.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            lock(descriptor, wait=wait)
            journal = read_journal(path)
            if journal.torn_bytes:  # a write that its process, or the power, cut short
                os.ftruncate(descriptor, journal.whole_bytes)
        except (OSError, StoreError):
            os.close(descriptor)
            raise
        return cls(path, descriptor, _began_s(journal), len(journal.raw_lines), journal.last_hash)

    @property
    def began_monotonic_s(self) -> float:
        """CLOCK_MONOTONIC at the run's zero."""
        return self._began_s

    @property
    def now_s(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._began_s

    def append(self, *entries: Entry) -> None:
        """Write entries in one piece; raises StoreError, with nothing half written, where it cannot.

        Nothing follows the end of a run: what comes after it, such as a late reading, is dropped.
        """
        if self._ended:
            return
        n, previous, block = self._n, self._previous, bytearray()
        for entry in entries:
            line = Line(n, round(self.now_s, 4), previous, entry)
            raw = self._encoded(line)
            previous, n = hashlib.sha256(raw).hexdigest(), n + 1
            block += raw
        self._write(bytes(block))
        self._n, self._previous = n, previous
        self._written += 1
        self._ended = any(isinstance(entry, RunEnded) for entry in entries)
        if self._watchers:
            for entry in entries:
                self._show(self._clean(entry))

    def _clean(self, entry: Entry) -> Entry:
        """As a reader would find it: without secrets, for a display is soon a log."""
        if not self._scrubber:
            return entry
        return parsed(self._encoded(Line(0, 0.0, NO_LINE, entry))).entry

    def _show(self, entry: Entry) -> None:
        """A display that breaks, for its terminal is gone, is left out from then on: the run goes on."""
        for watcher in list(self._watchers):
            try:
                watcher(self.now_s, entry)
            except (OSError, ValueError) as error:
                self._watchers.remove(watcher)
                self.lost_watchers.append(str(error))

    def _encoded(self, line: Line) -> bytes:
        if not self._scrubber:
            return encoded(line)
        clean = self._scrubber.scrub(json.loads(encoded(line)))
        return json.dumps(clean, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

    def hide(self, secrets: Mapping[str, str]) -> None:
        """Keep these values out of every line from here on."""
        self._scrubber = Scrubber(secrets)

    def watch(self, watcher: Watcher) -> None:
        """Call this with every entry once it is written."""
        self._watchers.append(watcher)

    def append_if_possible(self, *entries: Entry) -> None:
        """Write during undo: undo goes on whatever happens to the disk, and the loss is told."""
        try:
            self.append(*entries)
        except StoreError as error:
            self.lost.append(error.message)
            self.unwritten.extend((round(self.now_s, 4), self._clean(entry)) for entry in entries)

    async def commit(self) -> None:
        """Return once everything appended is on disk; raises StoreError where it cannot be."""
        wanted = self._written
        async with self._syncing:
            if self._synced >= wanted:
                return
            reached = self._written
            await anyio.to_thread.run_sync(self.sync, abandon_on_cancel=True)
            self._synced = reached

    async def commit_if_possible(self) -> None:
        """Undo does not wait for a disk that hangs."""
        try:
            with anyio.move_on_after(COMMIT_WITHIN_S) as scope:
                await self.commit()
            if scope.cancelled_caught:
                self.lost.append(f"the journal {self.path} could not be flushed in {COMMIT_WITHIN_S:g} s")
        except StoreError as error:
            self.lost.append(error.message)

    def sync_if_possible(self) -> None:
        try:
            self.sync()
        except StoreError as error:
            self.lost.append(error.message)

    def sync(self) -> None:
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            raise StoreError(
                f"the journal {self.path} cannot be flushed: {error.strerror}", _STORE_HINT
            ) from None

    def close(self) -> None:
        """Give up the lock, once; the reserve is no longer needed."""
        if self._descriptor < 0:
            return
        self._give_up_reserve()
        os.close(self._descriptor)
        self._descriptor = -1

    def _write(self, block: bytes) -> None:
        try:
            self._write_or_nothing(block)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT) and self._give_up_reserve():
                self._write(block)
                return
            raise StoreError(
                f"the journal {self.path} cannot be written: {error.strerror}", _STORE_HINT
            ) from None

    def _write_or_nothing(self, block: bytes) -> None:
        try:
            self._write_all(block)
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(block)

    def _write_all(self, block: bytes) -> None:
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _give_up_reserve(self) -> bool:
        reserve = self.path.with_name(RESERVE_NAME)
        try:
            reserve.unlink()
        except OSError:
            return False
        return True


def _began_s(journal: Journal) -> float:
    """The zero of the run's time on today's monotonic clock, also after this machine has booted again."""
    started = journal.started
    if started.runner.boot_id == boot_id():
        return started.began_monotonic_s
    elapsed = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(started.began_at)
    return time.monotonic() - elapsed.total_seconds()


_STORE_HINT = "make room or give another folder with --runs"
