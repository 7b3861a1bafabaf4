"""The guide's fault that is a process works as it stands there."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import Fatal
from seatrial.held.hold import held
from seatrial.pack import load_packs
from seatrial.targets.selector import HostSelector
from seatrial.testing import ActionConformance

GUIDE = Path(__file__).parents[2] / "docs/guides/write-an-action.md"


def parts() -> tuple[str, str]:
    """The action and its script."""
    _, _, text = GUIDE.read_text().partition("## A fault that is a process")
    action, script, *_ = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return action, script


class TestBellHog(ActionConformance):
    moments = 2
    test_killed_at_a_step = None  # type: ignore[assignment]  # disk.fill, which holds as well, has them
    test_killed_at_random_moments = None  # type: ignore[assignment]  # the same

    @pytest.fixture
    def target(self) -> Any:
        return HostSelector().population()[0]

    @pytest.fixture
    def action(self) -> Any:
        return self.make("bell.hog", path="/dev/null", times=12)

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _pack(cls, tmp_path_factory: pytest.TempPathFactory) -> None:
        root = tmp_path_factory.mktemp("pack")
        for folder in ("experiments", "actions"):
            (root / folder).mkdir()
        action, script = parts()
        (root / "actions/bell_hog.py").write_text(action)
        (root / "actions/_hog_bell.py").write_text(script)
        cls.packs = (root,)

    def test_the_bell_is_open_as_often_as_asked(self, action: Any, stage: Any) -> None:
        state = stage.applied()
        (one,) = held(state.lease)
        open_files = [Path(f"/proc/{one.pid}/fd/{name}") for name in os.listdir(f"/proc/{one.pid}/fd")]
        bells = [path for path in open_files if int(path.name) > 2 and str(path.readlink()) == "/dev/null"]
        assert len(bells) == 12

    def test_what_is_not_there_is_refused(self, stage: Any) -> None:
        action = self.make("bell.hog", path="/none")
        with pytest.raises(Fatal, match="there is no /none"):
            action.apply(stage.target, stage.prepare())
        assert load_packs(*self.pack_roots()).actions.keys() >= {"bell.hog"}
