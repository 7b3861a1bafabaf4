"""Locks: two runs never hit one target. A lock belongs to a run and is stale when that run is over."""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from seatrial.errors import Refused
from seatrial.store import Run
from seatrial.targets.target import Target

ENVIRONMENT: Final = "SEATRIAL_LOCKS"


def locks_folder() -> Path:
    """One for the whole machine, so that runs of different stores and users see each other."""
    given = os.environ.get(ENVIRONMENT)
    folder = Path(given) if given else Path(os.environ.get("TMPDIR") or "/tmp") / "seatrial-locks"  # noqa: S108  a folder for all users
    with contextlib.suppress(FileExistsError):
        folder.mkdir(parents=True)
        folder.chmod(0o1777)
    return folder


def acquire(targets: Sequence[Target], run: Run) -> None:
    """Lock every target for a run; raises Refused, with nothing locked, naming who holds one."""
    if not targets:
        return
    try:
        _acquire(targets, run)
    except OSError as error:
        raise Refused(
            f"the targets cannot be locked in {locks_folder()}: {error.strerror}",
            f"nothing was touched; mend that folder, or name another in ${ENVIRONMENT}",
        ) from None


def _acquire(targets: Sequence[Target], run: Run) -> None:
    taken: list[Path] = []
    with _exclusive():
        for target in targets:
            path = _path(target)
            holder = _holder(path)
            if holder is not None and holder.folder != run.folder:
                for mine in taken:
                    mine.unlink(missing_ok=True)
                raise _refusal(target, holder)
            path.write_text(json.dumps({"run": str(run.folder), "target": target.label}))
            taken.append(path)


def release(targets: Sequence[Target], run: Run) -> None:
    """Give up the locks of a run; those of others stay. One that cannot be removed is stale from now on."""
    with contextlib.suppress(OSError), _exclusive():
        for target in targets:
            path = _path(target)
            if _owner(path) == run.folder:
                path.unlink(missing_ok=True)


def _refusal(target: Target, holder: Run) -> Refused:
    if holder.is_held():
        return Refused(
            f"{target.label} is being hit by another run: {holder.folder}",
            "wait for its end, or stop it",
        )
    return Refused(
        f"{target.label} may still have a fault on it from a run that died: {holder.folder}",
        f"finish that first: `seatrial rollback {holder.folder}`",
    )


def _holder(path: Path) -> Run | None:
    """The run that still holds a lock; None where there is none, or it is over."""
    folder = _owner(path)
    if folder is None:
        return None
    run = Run(folder)
    if run.is_held():
        return run
    return run if run.journal_path.exists() and run.is_unfinished() else None


def _owner(path: Path) -> Path | None:
    try:
        return Path(json.loads(path.read_text())["run"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _path(target: Target) -> Path:
    digest = hashlib.sha256(target.identity.encode()).hexdigest()[:32]
    return locks_folder() / f"{target.kind}-{digest}.json"


@contextmanager
def _exclusive() -> Iterator[None]:
    """One at a time looks at the locks and changes them."""
    descriptor = os.open(locks_folder(), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
