"""Malformed Chaos Toolkit experiments: a sentence with file and line, exit 2, and nothing is ever done."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import SeatrialError
from seatrial.toolkit.options import Options
from seatrial.toolkit.reading import read_toolkit
from seatrial.toolkit.shape import is_toolkit
from tests.toolkit.cases import Case
from tests.toolkit.experiments import experiment, sh
from tests.toolkit.malformed import JSON, YAML
from tests.toolkit.parity import SEATRIAL, run

_PLACE = re.compile(r"^[^\n]*bad\.(json|yaml):\d+:\d+: \S")
_OF_THE_WHOLE = (
    "no title",
    "no description",
    "a list",
    "controls without provider",
    "the same key twice",
    "a text that is not ended",
    "a python object",
)
_BY_COMMAND = ("no title", "a provider of another type", "python with a func that is not there", "cut off")


def _files() -> Iterator[Any]:
    number = 0
    for suffix, files in (("json", JSON), ("yaml", YAML)):
        for name, text in files.items():
            number += 1
            quick = number % 6 == 0  # each starts a process that imports chaoslib
            marks = () if quick else pytest.mark.slow
            yield pytest.param(suffix, text, id=f"{suffix}: {name}", marks=marks)


@pytest.mark.parametrize(("suffix", "text"), list(_files()))
def test_it_is_told_with_its_place(
    suffix: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.delenv("TRIAL_UNSET_X", raising=False)
    path = tmp_path / f"bad.{suffix}"
    path.write_text(text.replace("{dir}", str(tmp_path)))
    with pytest.raises(SeatrialError) as raised:
        read_toolkit(path, Options())
    error = raised.value
    assert error.exit_code == 2
    told = error.message.partition("\n")[2] or error.message
    assert _PLACE.match(told), error.message
    assert error.hint or "hint: " in error.message
    assert "Traceback" not in error.message
    assert not (tmp_path / "touched").exists()
    if not request.node.callspec.id.endswith(_OF_THE_WHOLE):
        assert int(told.split(":")[1]) > 1, error.message


@pytest.mark.parametrize("name", _BY_COMMAND)
def test_the_command_says_it_and_exits_with_2(name: str, tmp_path: Path) -> None:

    folder = tmp_path / "run"
    folder.mkdir()
    path = tmp_path / "experiment.json"
    path.write_text(JSON[name].replace("{dir}", str(tmp_path)))
    done = subprocess.run([*SEATRIAL, str(path)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert "hint: " in done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        ("--hypothesis-strategy", "sometimes"),
        ("--rollback-strategy", "maybe"),
        ("--dry", "all"),
        ("--var", "novalue"),
        ("--var", "a:int=x"),
        ("--var-file", "nowhere.yaml"),
        ("--control-file", "nowhere.yaml"),
    ],
    ids=" ".join,
)
def test_an_option_that_is_wrong(options: tuple[str, ...], tmp_path: Path) -> None:
    case = Case("options", experiment([sh("act", "touch touched")]), options)
    seen = run(case, SEATRIAL, tmp_path / "run", "")
    assert seen.code == 2, seen.said
    assert seen.said.startswith("error: ")
    assert not (tmp_path / "run/touched").exists()


def test_shapes_are_told_apart(tmp_path: Path) -> None:
    for name, text, theirs in (
        ("native.yaml", "title: a\nhypothesis: method\nslis: {}\n", False),
        ("theirs.yaml", "title: a\nmethod: []\n", True),
        ("both.yaml", "title: a\nmethod: []\nslis: {}\n", False),
        ("word.yaml", "title: the method\n", False),
        ("broken.yaml", "method: [\n", False),
    ):
        (tmp_path / name).write_text(text)
        assert is_toolkit(tmp_path / name) is theirs, name


def test_every_problem_is_told_with_the_nearest_right_word(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    step = {"type": "acton", "name": "", "provider": {"type": "pyton", "module": "m", "func": "f"}}
    lines = [json.dumps({"title": 3, "description": "x", "method": [step], "rollbacks": [{"ref": ""}]})]
    path.write_text("\n".join(lines))
    with pytest.raises(SeatrialError) as raised:
        read_toolkit(path, Options())
    said = raised.value.message
    assert [line.split(" ", 1)[1] for line in said.splitlines()[1:] if not line.startswith("  hint")] == [
        "`title` must be a text, not the number 3",
        "`type` cannot be the text 'acton'",
        "`name` is empty",
        "there is no type `pyton`",
        "`ref` is empty",
    ]
    for hint in ("put it in quotes", "did you mean `action`? Or write `probe`", "did you mean `python`?"):
        assert f"hint: {hint}" in said, said
