"""The template of a team's pack: its parts do what they say."""

import os
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action, Lease, NeedsPrivileges
from seatrial.errors import Fatal, ForeignChange
from seatrial.files.starter import TEMPLATE, template_files
from seatrial.pack import load_packs
from seatrial.reading import Value
from seatrial.targets.selector import HostSelector
from seatrial.targets.target import HostTarget
from seatrial.testing.conformance.deaths import Deaths
from seatrial.testing.conformance.verbs import Verbs

LEASE = Lease(id="l1", max_hold_s=10)


@pytest.fixture
def target() -> HostTarget:
    (host,) = HostSelector().population()
    assert isinstance(host, HostTarget)
    return host


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "service.conf"
    path.write_text("greeting = hello\n")
    path.chmod(0o640)
    return path


class TestDenyFile(Verbs, Deaths):
    """The kit without its whole runs, which take minutes and are had by the shipped actions."""

    packs = (TEMPLATE,)

    @pytest.fixture
    def action(self, file: Path) -> Action[Any, Any]:
        self.file = file
        return self.make("team.deny_file", path=str(file))

    def snapshot(self, target: Any) -> object:
        found = self.file.stat()
        return found.st_mode, found.st_ino, self.file.stat().st_mtime_ns

    def foreign_change(self, target: Any, state: Any) -> None:
        self.file.chmod(0o600)


@pytest.fixture
def deny(file: Path) -> Action[Any, Any]:
    return load_packs(TEMPLATE).actions["team.deny_file"].model_validate({"path": str(file)})


def test_what_cannot_be_denied_is_not_begun(deny: Action[Any, Any], file: Path, target: HostTarget) -> None:
    file.chmod(0)
    with pytest.raises(Fatal, match="no permissions to take away"):
        deny.prepare(target, LEASE)
    file.unlink()
    with pytest.raises(Fatal, match="is not a file"):
        deny.prepare(target, LEASE)


def test_a_file_that_was_replaced_is_left_alone(
    deny: Action[Any, Any], file: Path, target: HostTarget
) -> None:
    state = deny.prepare(target, LEASE)
    deny.apply(target, state)
    (file.parent / "new").write_text("another\n")
    (file.parent / "new").chmod(0o600)
    (file.parent / "new").rename(file)
    with pytest.raises(ForeignChange, match="changed by somebody else"):
        deny.undo(target, state)
    assert file.stat().st_mode & 0o777 == 0o600
    file.unlink()
    with pytest.raises(ForeignChange, match="is gone"):
        deny.undo(target, state)


def test_only_the_owner_may(deny: Action[Any, Any], target: HostTarget) -> None:
    assert isinstance(deny, NeedsPrivileges)
    assert deny.missing_privileges(target) == []


@pytest.mark.anyio
async def test_free_disk_reads_the_disk(tmp_path: Path) -> None:
    probe = load_packs(TEMPLATE).probes["free_disk"].model_validate({"path": str(tmp_path)})
    reading = await probe.read()
    assert isinstance(reading, Value)
    disk = os.statvfs(tmp_path)
    assert reading.values["free"] == pytest.approx(disk.f_bavail / disk.f_blocks, abs=0.05)


def test_the_template_is_complete() -> None:
    assert {path.parts[0] for path in template_files()} == {
        *("README.md", "actions", "experiments", "probes", "reports")
    }
