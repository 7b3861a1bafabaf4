"""The shipped rules, as promtool sees them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.command_line import invoke

TESTS = Path(__file__).with_name("rules_test.yaml")


def test_rules_do_what_they_say(tmp_path: Path, require_program: Callable[..., Path]) -> None:
    promtool = require_program("promtool", package="prometheus")
    rules = tmp_path / "seatrial.rules.yaml"
    rules.write_text(invoke(["rules"]).stdout)
    tests = tmp_path / "tests.yaml"
    tests.write_text(TESTS.read_text().replace("RULES", str(rules)))
    for arguments in (["check", "rules", str(rules)], ["test", "rules", str(tests)]):
        told = subprocess.run([str(promtool), *arguments], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stdout + told.stderr
