"""The code of the guides runs as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from seatrial.pack import load_packs
from seatrial.reading import Value
from tests.tidy.source import ROOT


def code(guide: str) -> list[str]:
    text = (ROOT / f"docs/guides/{guide}.md").read_text()
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def pack_at(root: Path, **files: str) -> Path:
    (root / "experiments").mkdir()
    for name, text in files.items():
        folder, _, stem = name.partition("_")
        (root / folder).mkdir()
        (root / folder / f"{stem}.py").write_text(text)
    return root


@pytest.mark.slow
def test_the_action_of_the_guide_keeps_what_the_kit_asks(tmp_path: Path) -> None:
    action, test, *_ = code("write-an-action")
    pack_at(tmp_path, actions_flag_set=action, tests_test_flag_set=test)
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--import-mode=importlib",
            "-m",
            "not slow",
            "tests",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    passed = re.search(r"^(\d+) passed", ran.stdout, re.MULTILINE)
    assert passed, ran.stdout
    assert int(passed[1]) >= 13, ran.stdout


def test_the_probe_of_the_guide(tmp_path: Path) -> None:
    pack = load_packs(pack_at(tmp_path, probes_mail_queue=code("write-a-probe")[0]))
    (tmp_path / "queue").mkdir()
    (tmp_path / "queue/1").touch()
    (tmp_path / "queue/2.deferred").touch()
    probe = pack.probes["mail_queue"].model_validate({"folder": str(tmp_path / "queue")})
    assert anyio.run(probe.read) == Value(values={"waiting": 2, "deferred": 1})
