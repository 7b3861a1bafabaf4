"""Start-up is what a user waits for: heavy modules are imported when they are needed, and not before."""

import subprocess
import sys

import pytest

from seatrial.pack import shipped_root

HEAVY = {"anyio", "httpx", "jinja2", "locust", "numpy", "pydantic", "rich", "ruamel", "scipy", "structlog"}
PLAN = f"""
from pathlib import Path
from seatrial.files.experiment_file import read_experiment
from seatrial.plan.resolve import make_plan
plan = make_plan(read_experiment(Path({str(shipped_root() / "experiments/replica_pause.yaml")!r})), 1)
assert plan.samples and plan.load
"""
CASES = {
    "the command line": ("import seatrial.cli.app", set[str]()),
    "a plan with load": (PLAN, {"anyio", "pydantic", "ruamel"}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_imported(name: str) -> None:
    code, needed = CASES[name]
    told = f"{code}\nimport sys\nprint(*sorted(set(sys.modules) & {HEAVY!r}))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == needed
