"""free_disk: how much room is left on a disk."""

import os
from pathlib import Path
from typing import ClassVar

from seatrial.api import Measure, Probe, Reading, Value


class FreeDisk(Probe):
    """Reads the share of a file system that is still free."""

    name: ClassVar[str] = "free_disk"
    shorthand: ClassVar[str | None] = "path"

    path: Path
    """Any file or folder on it."""

    @property
    def measure(self) -> Measure:
        return Measure.VALUE

    @property
    def quantities(self) -> dict[str, str]:
        return {"free": "%"}

    async def read(self) -> Reading:
        disk = os.statvfs(self.path)
        return Value(values={"free": disk.f_bavail / disk.f_blocks})  # a share: 0.25 is 25%
