"""Damage to a file that can be undone to the byte.

    path     the file: damaged in one step, by a damaged copy that takes its place
    .backup  its bytes, as a second name (hard link) of the same file: none is copied, none can be lost

Put back is the file itself, with its inode, owner, mode, times and everything else it has.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from seatrial.errors import Fatal, ForeignChange, Retryable
from seatrial.model.base import Model
from seatrial.targets import files

SIZE_MAX: Final = 2**30
"""A larger file takes too long to copy within one verb."""
_CHUNK: Final = 1 << 20

Spoil = Callable[[bytes, int], bytes]
"""What becomes of some bytes at an offset: nothing where they are cut off."""


class Damaged(Model):
    """Everything that undo has to know."""

    path: Path
    backup: Path
    """The file itself under a second name, from apply to undo."""
    draft: Path
    """The damaged copy before it takes the file's place."""
    inode: int
    size: int
    seed: str


def plan_damage(path: Path, lease: str) -> Damaged:
    """Choose the names; raises Fatal where there is no plain file, or a huge one."""
    real = path.resolve()
    if not real.is_file():
        raise Fatal(f"{path} is no plain file")
    found = real.stat()
    if found.st_size > SIZE_MAX:
        raise Fatal(f"{path} is larger than 1 GiB")
    name = f".{real.name[:100]}.seatrial-{lease}"
    return Damaged(
        path=real,
        backup=real.with_name(f"{name}.was"),
        draft=real.with_name(f"{name}.new"),
        inode=found.st_ino,
        size=found.st_size,
        seed=lease,
    )


def damage(state: Damaged, spoil: Spoil) -> None:
    """Put a spoilt copy in its place, which has the mode and owner of the file."""
    if not _is_original(state.path, state):
        raise Fatal(f"{state.path} is not what it was: somebody else has replaced it")
    try:
        with state.draft.open("wb") as copy:
            for chunk in _spoilt(state.path, spoil):
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        owner = state.path.stat()
        os.chown(state.draft, owner.st_uid, owner.st_gid)
        shutil.copymode(state.path, state.draft)
        os.link(state.path, state.backup)
    except OSError as error:
        raise Fatal(f"{state.path} cannot be copied: {error.strerror}") from error
    files.put_in_place(state.draft, state.path)


def repair(state: Damaged, spoil: Spoil) -> None:
    """Put the file itself back, unless what is there now is not the spoilt copy any more."""
    state.draft.unlink(missing_ok=True)
    if _is_original(state.path, state):
        state.backup.unlink(missing_ok=True)
    elif not _is_original(state.backup, state):
        return  # it went away for good, or another undo has just put it back
    elif files.stamp(state.path) is not None and not is_damaged(state, spoil):
        raise ForeignChange(f"somebody else has changed {state.path}; what was there is {state.backup}")
    else:
        try:
            files.put_in_place(state.backup, state.path)
        except FileNotFoundError as error:
            raise Retryable("another undo is at it as well") from error


def is_damaged(state: Damaged, spoil: Spoil) -> bool:
    """What is there is the spoilt copy, to the byte."""
    if not _is_original(state.backup, state) or _is_original(state.path, state):
        return False
    try:
        with state.path.open("rb") as now:
            same = all(now.read(len(chunk)) == chunk for chunk in _spoilt(state.backup, spoil) if chunk)
            return same and not now.read(1)
    except FileNotFoundError:
        return False


def _spoilt(path: Path, spoil: Spoil) -> Iterator[bytes]:
    offset = 0
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            yield spoil(data, offset)
            offset += len(data)


def is_repaired(state: Damaged) -> bool:
    """Nothing of the fault is there."""
    return files.stamp(state.backup) is None and files.stamp(state.draft) is None


def _is_original(path: Path, state: Damaged) -> bool:
    found = files.stamp(path)
    return found is not None and found.inode == state.inode
