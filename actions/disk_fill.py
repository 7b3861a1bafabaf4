"""disk.fill: a disk that is full, or nearly so."""

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
    available_memory_bytes,
    files,
    format_bytes,
    hosts,
    model_validator,
    seconds_to_take,
)

ROOT_FLOOR_BYTES = 256 * 2**20
"""Below this the machine itself, and what undoes faults on it, may stop working."""
MEMORY_FLOOR_BYTES = 256 * 2**20
TAKES_BYTES_PER_S = 128 * 2**20


class DiskFill(Holding, Action[HostTarget, Held]):
    """Takes room on a file system: a log that nobody rotates, a dump in the wrong place.

    The room is taken by a file without a name, which a process holds open. With the end of that
    process the kernel frees it, so nothing is left even after a power cut.
    """

    name: ClassVar[str] = "disk.fill"
    needs: ClassVar[str] = "to write to the folder"
    script: ClassVar[Path] = Path(__file__).with_name("_fill_disk.py")

    folder: Path
    """A folder on the file system; `/` itself is refused, and so is what holds no files, such as /proc."""
    amount: Bytes | None = Field(default=None, gt=0)
    """How much room to take. Give this or `leave_free`."""
    leave_free: Bytes | None = None
    """Take all but this much."""
    floor: Bytes = ROOT_FLOOR_BYTES
    """What has to stay free, whatever else is asked for. Below 256 MiB only where `/` is not on it."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "DiskFill":
        if (self.amount is None) == (self.leave_free is None):
            raise ValueError("write either `amount` or `leave_free`")
        if self.leave_free is not None and self.leave_free < self.floor:
            raise ValueError("`leave_free` is below `floor`, which has to stay free")
        return self

    def agent_needs(self) -> AgentNeeds:
        return AgentNeeds(as_target_uid=True, target_container=True)

    def script_arguments(self, target: HostTarget, state: Held) -> list[str]:
        return [str(files.place_of(self.folder).path), str(self._wanted()), str(self.floor)]

    def ready_within_s(self) -> float:
        return seconds_to_take(self._wanted(), TAKES_BYTES_PER_S)

    def refusal(self, target: HostTarget) -> str | None:
        if not self.folder.is_dir():
            return f"{self.folder} is not a folder"
        return self._wrong_place() or self._too_much()

    def missing_privileges(self, target: HostTarget) -> list[str]:
        writable = not self.folder.is_dir() or os.access(self.folder, os.W_OK | os.X_OK)
        return [] if writable else [f"to write to {self.folder}"]

    def _wrong_place(self) -> str | None:
        if files.place_of(self.folder).inner == Path("/"):
            return "`/` is not to be filled: name a folder of what is to be hit, such as /var/lib/shop"
        kind = hosts.file_system_of(self.folder)
        if kind in hosts.PSEUDO_FILE_SYSTEMS:
            return f"{self.folder} is on {kind}, which holds no files of users"
        if hosts.is_on_root_file_system(self.folder) and self.floor < ROOT_FLOOR_BYTES:
            least = format_bytes(ROOT_FLOOR_BYTES)
            return f"{self.folder} is on the disk of `/`, where `floor` has to be {least} at least"
        return None

    def _too_much(self) -> str | None:
        free, wanted = hosts.free_bytes(self.folder), self._wanted()
        if wanted == 0:
            return f"only {format_bytes(free)} are free there, so there is nothing to take"
        if free - wanted < self.floor:
            return (
                f"of {format_bytes(free)} that are free {format_bytes(wanted)} would be taken, "
                f"but {format_bytes(self.floor)} have to stay"
            )
        if (
            hosts.file_system_of(self.folder) == "tmpfs"
            and available_memory_bytes() - wanted < MEMORY_FLOOR_BYTES
        ):
            stays = format_bytes(MEMORY_FLOOR_BYTES)
            return f"{self.folder} is in memory, of which {stays} have to stay available"
        return None

    def _wanted(self) -> int:
        if self.amount is not None:
            return self.amount
        free = hosts.free_bytes(self.folder) if self.folder.is_dir() else 0  # then it is refused anyway
        return max(0, free - (self.leave_free or 0))
