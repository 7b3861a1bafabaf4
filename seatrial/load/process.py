"""The Locust process and its group: started, ended, never left behind.

The kernel's death signal follows the thread that started the process, not the whole engine: start it from
a thread that lives as long as the run, as the event loop's does.
"""

import os
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.abc

from seatrial.load.wire import FD_VARIABLE

LOG_LINES_TOLD = 12
_TABLES = "\nType     Name "
"""Where Locust's closing statistics begin."""


class LocustProcess:
    """One Locust command in a session of its own."""

    def __init__(self, process: anyio.abc.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def start(
        cls,
        argv: list[str],
        environment: dict[str, str],
        configuration: bytes,
        channel_fd: int,
        *,
        log: Path,
        folder: Path | None,
    ) -> "LocustProcess":
        """Start it, in a working folder; the configuration goes through an unnamed file, for it may hold
        secrets.
        """
        with tempfile.TemporaryFile() as file, log.open("ab") as output:
            file.write(configuration)
            file.flush()
            file.seek(0)
            fds = (channel_fd, file.fileno())
            process = await anyio.open_process(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment | {FD_VARIABLE: f"{fds[0]}:{fds[1]}:{os.getpid()}"},
                start_new_session=True,
                pass_fds=fds,
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """Of Locust itself, and the id of its process group."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.returncode

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to Locust and all its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    async def ended(self, within_s: float) -> bool:
        """Wait for Locust's end; whether it came in time."""
        with anyio.move_on_after(within_s):
            await self._process.wait()
        return self._process.returncode is not None

    async def destroy(self) -> None:
        """Kill the whole group and reap Locust."""
        with anyio.CancelScope(shield=True):
            self.signal_group(signal.SIGKILL)
            await self._process.wait()
            await self._process.aclose()

    def last_words(self) -> str:
        """The end of what Locust wrote."""
        text = self._log.read_text("utf-8", errors="replace")
        text = text.split(_TABLES, 1)[0]
        lines = [line for line in text.splitlines() if line.strip()]
        return "\n".join(lines[-LOG_LINES_TOLD:])
