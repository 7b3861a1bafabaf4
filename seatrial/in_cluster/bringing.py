"""Here: a journal as it arrives, piece by piece, in a run's folder of its own."""

import base64
import fcntl
import os
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from seatrial.errors import InvalidInput
from seatrial.store import Run, Store


class Bringing:
    """The journals of a run inside a cluster, written below a store. Use it as a context manager."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, tuple[IO[bytes], zlib._Decompress]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Bringing":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def runs(self) -> list[Run]:
        """Those of which something has come."""
        return [Run(self._store.root / name) for name in self._open]

    def take(self, said: dict[str, Any]) -> None:
        """A piece of a journal; raises InvalidInput where the run was brought here before."""
        name = Path(str(said["run"])).name  # it comes from elsewhere, and leads nowhere else
        if name not in self._open:
            self._open[name] = (self._begin(name), zlib.decompressobj())
        file, unpacker = self._open[name]
        file.write(unpacker.decompress(base64.b64decode(said["z"])))
        file.flush()

    def _begin(self, name: str) -> IO[bytes]:
        run = Run(self._store.root / name)
        run.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if run.ended() is not None:
            raise InvalidInput(
                f"run {name} is in {self._store.root} already", "`seatrial report` makes its reports"
            )
        file = self._stack.enter_context(
            run.journal_path.open("wb")
        )  # from its beginning: a log is read whole
        os.fchmod(file.fileno(), 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)  # somebody is writing: nobody takes it for a dead run
        return file
