"""io.stress: somebody else on this machine needs the disk."""

import os
from pathlib import Path
from typing import ClassVar

from seatrial.api import (
    Action,
    AgentNeeds,
    Bytes,
    Field,
    Held,
    Holding,
    HostTarget,
    files,
    format_bytes,
    hosts,
)

FLOOR_BYTES = 256 * 2**20
IN_MEMORY = ("tmpfs", "ramfs")


class IoStress(Holding, Action[HostTarget, Held]):
    """Writes to a disk, waits until it is there, reads it back, without end: a backup, a compaction.

    The files have no name and a fixed size, so nothing is left and the disk does not fill up.
    """

    name: ClassVar[str] = "io.stress"
    needs: ClassVar[str] = "to write to the folder"
    script: ClassVar[Path] = Path(__file__).with_name("_write_disk.py")

    folder: Path
    """A folder on the disk."""
    workers: int = Field(default=1, ge=1, le=64)
    """How many processes write at the same time."""
    file_size: Bytes = Field(default=64 * 2**20, ge=2**20, le=16 * 2**30)
    """How large the file of each is: 64 MiB."""

    def agent_needs(self) -> AgentNeeds:
        return AgentNeeds(as_target_uid=True, target_container=True)

    def copies(self) -> int:
        return self.workers

    def script_arguments(self, target: HostTarget, state: Held) -> list[str]:
        return [str(files.place_of(self.folder).path), str(self.file_size)]

    def ready_within_s(self) -> float:
        return 20.0  # a disk that is busy already takes its time for the first block

    def refusal(self, target: HostTarget) -> str | None:
        if not self.folder.is_dir():
            return f"{self.folder} is not a folder"
        kind = hosts.file_system_of(self.folder)
        if kind in hosts.PSEUDO_FILE_SYSTEMS or kind in IN_MEMORY:
            return f"{self.folder} is on {kind}, which is no disk"
        needed = self.workers * self.file_size
        if hosts.free_bytes(self.folder) - needed < FLOOR_BYTES:
            takes, stays = format_bytes(needed), format_bytes(FLOOR_BYTES)
            return f"the files take {takes}, but {stays} have to stay free there"
        return None

    def missing_privileges(self, target: HostTarget) -> list[str]:
        writable = not self.folder.is_dir() or os.access(self.folder, os.W_OK | os.X_OK)
        return [] if writable else [f"to write to {self.folder}"]
