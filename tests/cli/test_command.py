"""What a command takes is read off its function; what is wrong is said as everywhere."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest

from seatrial.cli.app import COMMANDS, run_app
from seatrial.cli.command import Argument, Option, run_command
from seatrial.errors import InvalidInput
from tests.command_line import invoke

TAKEN: dict[str, Any] = {}


def sail(  # noqa: PLR0917  a command: its options are its parameters
    files: Annotated[list[Path], Argument(help="Charts.", metavar="FILE...")],
    sets: Annotated[list[str] | None, Option("--set", "-s", help="100% of them.")] = None,
    knots: Annotated[float, Option("--knots", help="How fast.", min=0.5, max=40)] = 5.0,
    crew: Annotated[int | None, Option(help="How many.", min=1)] = None,
    runs: Annotated[Path, Option("--runs", help="Where.", envvar="SAIL_RUNS")] = Path("runs"),
    at_night: Annotated[bool, Option("--at-night", help="In the dark.", group="Weather")] = False,
) -> None:
    """Sail.

    Then moor.
    """
    TAKEN.update(locals())


def taken(*arguments: str) -> dict[str, Any]:
    run_command("sail", sail, arguments)
    return dict(TAKEN)


def test_defaults_are_those_of_the_function() -> None:
    assert taken("a") == {
        "files": [Path("a")],
        "sets": None,
        "knots": 5.0,
        "crew": None,
        "runs": Path("runs"),
        "at_night": False,
    }


def test_options_may_stand_between_arguments() -> None:
    found = taken("a", "--set", "x=1", "b", "-s", "y=2", "--at-night", "--knots=7.5", "--crew", "3", "c")
    assert found["files"] == [Path("a"), Path("b"), Path("c")]
    assert found["sets"] == ["x=1", "y=2"]
    assert (found["knots"], found["crew"], found["at_night"]) == (7.5, 3, True)


def test_the_environment_stands_between_option_and_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAIL_RUNS", "/elsewhere")
    assert taken("a")["runs"] == Path("/elsewhere")
    assert taken("a", "--runs", "here")["runs"] == Path("here")
    monkeypatch.setenv("SAIL_RUNS", "")
    assert taken("a")["runs"] == Path("runs")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], r"required: FILE\.\.\."),
        (["a", "--sett", "x"], "unrecognized arguments: --sett x"),
        (["a", "--se", "x"], "unrecognized arguments: --se x"),
        (["a", "--knots", "0"], "--knots: 0 is less than 0.5"),
        (["a", "--knots", "99"], "--knots: 99 is more than 40"),
        (["a", "--knots", "nan"], "--knots: nan is not a finite number"),
        (["a", "--knots", "inf"], "--knots: inf is not a finite number"),
        (["a", "--crew", "many"], "--crew: 'many' is not an integer"),
        (["a", "--set"], "--set/-s: expected one argument"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as wrong:
        run_command("sail", sail, arguments)
    assert wrong.value.hint == "see `seatrial sail --help`"


def test_help_keeps_paragraphs_and_signs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_command("sail", sail, ["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "Sail.\n\nThen moor.\n" in told
    assert "100% of them." in told
    assert "How fast. [5.0]" in told
    assert "Weather:\n  --at-night" in told


def test_without_a_command_all_are_shown() -> None:
    assert invoke(["--help"]).exit_code == 0
    shown = invoke([])
    assert shown.exit_code == 2
    assert [name for name in COMMANDS if f"\n  {name} " not in shown.stderr] == []


def test_every_command_has_a_help() -> None:
    for name in COMMANDS:
        assert invoke([name, "--help"]).stdout.startswith(f"usage: seatrial {name} ")


def test_an_unknown_command_is_told_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="there is no command 'chek'") as wrong:
        run_app(["chek"])
    assert wrong.value.hint == "did you mean 'check'?"


def test_one_of_a_few_words() -> None:
    with pytest.raises(InvalidInput, match="'everything' is not one of actions, probes"):
        run_app(["list", "everything"])


def test_ctrl_c_ends_a_command_without_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / "waits.json"
    with socket.create_server(("127.0.0.1", 0)) as never_answers:
        never_answers.settimeout(20)
        url = f"http://127.0.0.1:{never_answers.getsockname()[1]}"
        slis = {"up": {"http": {"url": url, "timeout": "30 s"}, "objective": "status == 200"}}
        file.write_text(json.dumps({"title": "waits", "hypothesis": "It waits.", "slis": slis}))
        # What a shell starts in the background, such as this session of tests, ignores SIGINT.
        command = ["env", "--default-signal=INT", sys.executable, "-m", "seatrial", "probe", str(file)]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        with process, never_answers.accept()[0]:
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=20)
    assert "Traceback" not in told
    assert process.returncode == 130
