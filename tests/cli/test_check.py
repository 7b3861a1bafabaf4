"""`seatrial check`: one line a right file, all problems of wrong ones, JSON for programs."""

import json
from pathlib import Path

import pytest

from seatrial.pack import load_packs
from tests.cli.conftest import Run
from tests.files.conftest import VALID


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    path = tmp_path / "valid.yaml"
    path.write_text(VALID)
    return path


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.yaml"
    path.write_text(VALID.replace("title", "titel").replace("20 s", "20"))
    return path


def test_a_right_file(valid: Path, run: Run) -> None:
    assert run("check", valid) == (0, f"ok: {valid}\n", "")


def test_a_right_file_beside_a_wrong_one(valid: Path, wrong: Path, run: Run) -> None:
    said = run("check", wrong, valid)
    assert (said.code, said.out) == (2, f"ok: {valid}\n")
    assert said.err == (
        f"error: {wrong}:1:1: unknown key `titel`\n"
        "  hint: did you mean `title`?\n"
        f"error: {wrong}:8:10: `for`: 20 has no unit\n"
        "  hint: write `20 s` (or ms, min, h)\n"
    )


def test_a_doubt_is_told_and_does_not_fail(valid: Path, run: Run) -> None:
    valid.write_text(VALID + "variables: {a: 1}\n")
    said = run("check", valid)
    assert (said.code, said.out) == (0, f"ok: {valid}\n")
    assert f"warning: {valid}:10:13: variable `a` is not used\n  hint: " in said.err


def test_as_json(valid: Path, wrong: Path, run: Run) -> None:
    said = run("check", "--json", valid, wrong)
    assert (said.code, said.err) == (2, "")
    right, bad = json.loads(said.out)["files"]
    assert right == {"file": str(valid), "problems": [], "warnings": [], "ok": True}
    assert (bad["file"], bad["ok"], len(bad["problems"])) == (str(wrong), False, 2)
    assert bad["problems"][0] == {
        "file": str(wrong),
        "line": 1,
        "column": 1,
        "message": "unknown key `titel`",
        "hint": "did you mean `title`?",
    }


def test_variables_are_set(valid: Path, run: Run) -> None:
    valid.write_text(VALID.replace("20 s", "${hold}") + "variables: {hold: 20 s}\n")
    assert run("check", valid, "--set", "hold=30 s").code == 0
    said = run("check", valid, "--set", "hold=30")
    assert (said.code, "8:10: '30' has no unit" in said.err) == (2, True)
    said = run("check", valid, "--set", "hodl=30 s")
    assert (said.code, "did you mean `--set hold=...`?" in said.err) == (2, True)


def test_a_setting_without_value_is_refused(valid: Path, run: Run) -> None:
    said = run("check", valid, "--set", "hold")
    assert said.code == 2
    assert "hint: write it as `--set name=value`" in said.err


def test_a_broken_pack_is_told_with_file_and_line(valid: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "bad.py").write_text("x = 1\nthis is no Python\n")
    said = run("check", valid, "--pack", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert f"error: {tmp_path}/probes/bad.py:2: SyntaxError" in said.err
    assert "hint: mend this file" in said.err
    assert "Traceback" not in said.err


def test_nothing_to_check_is_an_error(run: Run) -> None:
    assert run("check").code == 2


def test_every_shipped_experiment_is_right(run: Run) -> None:
    paths = load_packs().experiments()
    assert paths
    said = run("check", *paths)
    assert (said.code, said.out.count("ok: "), said.err) == (0, len(paths), "")
