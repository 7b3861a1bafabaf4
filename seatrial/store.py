"""The folder of runs: one folder a run, `<time>-<name>/`, with its journal and reports."""

import datetime
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from seatrial.errors import InvalidInput, StoreError
from seatrial.journal.entries import RunEnded
from seatrial.journal.line import parsed
from seatrial.journal.reader import Journal, read_journal

JOURNAL_NAME: Final = "journal.jsonl"
_TAIL_BYTES: Final = 64 * 1024


class Run(msgspec.Struct, frozen=True):
    """One run on disk."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def journal_path(self) -> Path:
        return self.folder / JOURNAL_NAME

    def journal(self) -> Journal:
        return read_journal(self.journal_path)

    def ended(self) -> RunEnded | None:
        """How it ended, from its last line alone; None while it runs or when it died."""
        try:
            with self.journal_path.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
                tail = file.read()
        except OSError:
            return None
        whole = tail[: tail.rfind(b"\n") + 1].splitlines()
        if not whole or b'"run_ended"' not in whole[-1]:
            return None
        try:
            entry = parsed(whole[-1]).entry
        except ValueError:
            return None
        return entry if isinstance(entry, RunEnded) else None

    def is_held(self) -> bool:
        """True while somebody, runner or guardian, is writing its journal."""
        try:
            descriptor = os.open(self.journal_path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def is_unfinished(self) -> bool:
        """True when nobody is at it any more, and a fault of it may still be there."""
        ended = self.ended()
        if (ended is not None and ended.exit_code != 5) or self.is_held():
            return False
        try:
            return bool(self.journal().open_undos())
        except StoreError:  # nobody can tell any more, so it is told
            return self.journal_path.stat().st_size > 0


class Store(msgspec.Struct, frozen=True):
    """All runs below one folder."""

    root: Path

    def new_run(self, title: str) -> Run:
        """Make the folder of a new run; raises StoreError where it cannot be made."""
        now = datetime.datetime.now(datetime.UTC)
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:48].strip("-") or "run"
        name = f"{now:%Y%m%dT%H%M%S}-{slug}"
        for suffix in ("", *(f"-{n}" for n in range(2, 1000))):
            folder = self.root / (name + suffix)
            try:
                self.root.mkdir(parents=True, exist_ok=True)
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            except OSError as error:
                raise StoreError(
                    f"no run can be kept in {self.root}: {error.strerror}",
                    "nothing was touched; make room or give another folder with --runs",
                ) from None
            return Run(folder)
        raise StoreError(f"{self.root} already holds a thousand runs of this second")

    def runs(self) -> Iterator[Run]:
        """Every run, oldest first."""
        if self.root.is_dir():
            for folder in sorted(self.root.iterdir()):
                if (folder / JOURNAL_NAME).is_file():
                    yield Run(folder)

    def find(self, name: str) -> Run:
        """A run by its id, a part of it, its folder, or `latest`; raises InvalidInput."""
        if (Path(name) / JOURNAL_NAME).is_file():
            return Run(Path(name).resolve())
        runs = list(self.runs())
        if name == "latest" and runs:
            return runs[-1]
        matches = [run for run in runs if run.id == name] or [run for run in runs if name in run.id]
        if len(matches) == 1:
            return matches[0]
        if not matches:
            raise InvalidInput(f"there is no run {name!r} in {self.root}", "`seatrial runs` lists them")
        raise InvalidInput(
            f"{name!r} fits {len(matches)} runs, such as {matches[0].id} and {matches[1].id}",
            "give more of its name",
        )

    def unfinished(self) -> list[Run]:
        """Runs that may have left a fault behind."""
        return [run for run in self.runs() if run.is_unfinished()]
