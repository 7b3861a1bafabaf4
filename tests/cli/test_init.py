"""`seatrial init`: a pack that works as it stands, and nothing that was there is touched."""

from pathlib import Path

import pytest

from seatrial.pack import load_packs, shipped_root
from tests.cli.conftest import Run

FILES = {
    "README.md",
    "actions/deny_file.py",
    "experiments/first.yaml",
    "experiments/sample.conf",
    "probes/free_disk.py",
    "reports/one_line.py",
}


def files_in(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_pack_is_whole_and_right(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "new" / "my pack"
    said = run("init", folder)
    assert said.code == 0
    assert said.out.splitlines() == sorted(f"{folder}/{name}" for name in FILES)
    assert f"seatrial run '{folder}/experiments/first.yaml'" in said.err
    assert files_in(folder) == FILES
    checked = run("check", folder / "experiments" / "first.yaml")
    assert checked == (0, f"ok: {folder}/experiments/first.yaml\n", "")


def test_its_parts_are_found(tmp_path: Path, run: Run) -> None:
    run("init", tmp_path)
    pack, shipped = load_packs(tmp_path), load_packs()
    assert pack.roots == (shipped_root(), tmp_path)
    assert set(pack.probes) - set(shipped.probes) == {"free_disk"}
    assert set(pack.actions) - set(shipped.actions) == {"team.deny_file"}
    assert set(pack.reports) - set(shipped.reports) == {"one_line"}


def test_it_can_be_planned(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("init")
    said = run("plan", "experiments/first.yaml")
    assert said.code == 0, said.err
    assert "team.deny_file" in said.out
    assert "REFUSED" not in said.out


def test_nothing_is_overwritten(tmp_path: Path, run: Run) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "free_disk.py").symlink_to("nowhere.py")
    said = run("init", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "README.md, probes/free_disk.py already" in said.err
    assert "hint: name another folder" in said.err
    assert files_in(tmp_path) == {"README.md"}
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_text("")
    said = run("init", tmp_path / "file" / "pack")
    assert said.code == 2
    assert "cannot be written" in said.err
    assert "Traceback" not in said.err


def test_the_readme_names_the_next_commands(tmp_path: Path, run: Run) -> None:
    run("init", tmp_path)
    readme = (tmp_path / "README.md").read_text()
    for command in ("check", "plan", "run"):
        assert f"$ seatrial {command} experiments/first.yaml" in readme


@pytest.mark.slow
def test_the_experiment_runs_as_it_stands(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("init")
    said = run("run", "experiments/first.yaml")
    assert said.code == 0, said.err
    assert "PASSED" in said.out
    (summary,) = tmp_path.glob("runs/*/summary.txt")
    assert summary.read_text().startswith("PASSED  The disk does not fill")
    assert (tmp_path / "experiments" / "sample.conf").stat().st_mode & 0o400
