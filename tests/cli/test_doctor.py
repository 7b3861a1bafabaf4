"""`seatrial doctor` and `seatrial list actions`: what works here, and whom it takes."""

from pathlib import Path

import pytest

from seatrial.action import NeedsPrivileges
from seatrial.files.starter import make_team_pack
from seatrial.pack import load_packs
from tests.cli.conftest import Run

LACKS = '''
"""moon.phase: needs what there is not."""

from typing import ClassVar

from seatrial.api import Action, HostTarget, Lease, Model


class Nothing(Model):
    """Nothing."""


class MoonPhase(Action[HostTarget, Nothing]):
    """Changes the moon."""

    name: ClassVar[str] = "moon.phase"
    needs: ClassVar[str] = "CAP_MOON_ADMIN"

    def prepare(self, target: HostTarget, lease: Lease) -> Nothing:
        return Nothing()

    def apply(self, target: HostTarget, state: Nothing) -> None:
        pass

    def undo(self, target: HostTarget, state: Nothing) -> None:
        """Nothing."""

    def is_undone(self, target: HostTarget, state: Nothing) -> bool:
        return True

    @classmethod
    def missing_here(cls) -> list[str]:
        """Never there."""
        return ["a moon of one's own", "CAP_MOON_ADMIN"]
'''


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    make_team_pack(tmp_path / "team")
    (tmp_path / "team/actions/moon_phase.py").write_text(LACKS)
    return tmp_path / "team"


def test_every_action_has_a_line(run: Run, pack: Path) -> None:
    said = run("doctor", "--pack", pack)
    assert said.code == 0
    lines = {line.split()[0]: line for line in said.out.splitlines()}
    assert set(lines) == set(load_packs(pack).actions)
    assert lines["moon.phase"].endswith("missing   a moon of one's own; CAP_MOON_ADMIN")
    assert lines["process.pause"].endswith("works     needs to be root or the process' user")
    assert lines["cpu.stress"].endswith("works")
    assert "actions work on this machine" in said.err


def test_only_what_is_missing(run: Run, pack: Path) -> None:
    said = run("doctor", "--only-missing", "--pack", pack)
    assert "moon.phase" in said.out
    assert "works" not in said.out


def test_the_list_says_whom_it_takes(run: Run, pack: Path) -> None:
    said = run("list", "actions", "--pack", pack)
    assert "Changes the moon. [needs CAP_MOON_ADMIN]" in said.out


def test_every_action_that_not_everyone_may_do_says_so() -> None:
    silent = [
        name
        for name, action in load_packs().actions.items()
        if issubclass(action, NeedsPrivileges) and not action.needs
    ]
    assert not silent, "say in `needs` whom it takes"
