"""The shared fixtures do what every other test relies on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.tidy.source import ROOT

# How long the processes that it leaves would sleep: unlike those of a run of these tests beside this one.
SECONDS = [f"{number}.{os.getpid()}" for number in (601, 602, 603)]
TESTS = f"""
import subprocess

def left(*command, **options):
    process = subprocess.Popen(command, **options)
    process.returncode = 0  # or Popen itself would warn

def test_left():
    left("sleep", "{SECONDS[0]}")
    left("sleep", "{SECONDS[1]}", env={{}})
    subprocess.run(["sh", "-c", "setsid sleep {SECONDS[2]} >/dev/null 2>&1 &"])

def test_tidy():
    left("sleep", "0.2")
    subprocess.run(["true"])

def test_there(require_program):
    assert require_program("sh", package="listed").name == "sh"

def test_missing(require_program):
    require_program("no-such-program", package="listed")

def test_unlisted(require_program):
    require_program("sh", package="unlisted")
"""
LEFT = [["sleep", seconds] for seconds in SECONDS]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own with our conftest."""
    (tmp_path / "tests").mkdir()
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    (tmp_path / "tests" / "test_it.py").write_text(TESTS)
    (tmp_path / ".ci" / "debian-packages").write_text("listed  # for this test\n")
    return tmp_path


def outcome(project: Path, *arguments: str, **environment: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:locust",
        "-rA",
        "--tb=short",
    ]
    return subprocess.run(
        [*command, *arguments],
        cwd=project,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def test_what_the_shared_fixtures_refuse(project: Path) -> None:
    said = outcome(project)
    assert "1 failed, 3 passed, 1 skipped, 1 error" in said
    assert "ERROR tests/test_it.py::test_left" in said
    assert all(f" {' '.join(command)}" in said for command in LEFT)
    assert "no-such-program is missing: apt-get install listed" in said
    assert "add unlisted to .ci/debian-packages" in said
    alive = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in alive if command in LEFT]


def test_a_program_missing_in_ci_is_a_failure(project: Path) -> None:
    said = outcome(project, "-k", "there or missing", CI="true")
    assert "no-such-program is missing in CI" in said
    assert "1 failed, 1 passed" in said
