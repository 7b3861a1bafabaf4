"""What one start of a command costs."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Cost:
    wall_ms: float
    """From the start of the process to its end."""
    cpu_ms: float
    """User and system time, of the children that it waited for as well."""


def cost(command: Sequence[str], folder: Path) -> Cost:
    """Of one start; a command that fails proves nothing."""
    with tempfile.TemporaryFile() as said:
        begin_s = time.monotonic()
        process = subprocess.Popen(
            [BIN / command[0], *command[1:]], cwd=folder, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall_ms = (time.monotonic() - begin_s) * 1000
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            sys.exit(f"`{' '.join(command)}` failed: {said.read().decode(errors='replace')}")
    return Cost(wall_ms, (used.ru_utime + used.ru_stime) * 1000)
