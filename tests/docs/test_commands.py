"""docs/reference/commands.md is true of the command line: every command, every option, none beyond them."""

import re

import pytest

from seatrial.cli.app import COMMANDS as NAMES
from seatrial.cli.app import command_of
from seatrial.cli.command import Command, parameters_of
from tests.docs.pages import page, rows, section

COMMANDS = {name: command_of(name) for name in NAMES}
SHARED = "Options that several commands share"


def options_of(command: Command) -> set[str]:
    return {name for parameter in parameters_of(command) for name in parameter.names}


def told_in(text: str) -> set[str]:
    """Options in the first cell of a table's row."""
    return {name.split()[0] for name in rows(text) if name.startswith("-")}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_all_of_its_options_and_no_other(name: str) -> None:
    assert told_in(section(page("reference/commands.md"), f"`seatrial {name}`")) == options_of(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_and_its_exit_codes(name: str) -> None:
    text = section(page("reference/commands.md"), f"`seatrial {name}`")
    assert f"$ seatrial {name}" in text
    assert re.search(r"^Exit codes?: ", text, re.MULTILINE)


def test_no_command_is_made_up() -> None:
    headings = re.findall(r"^## `seatrial (\w+)`$", page("reference/commands.md"), re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)
    assert len(headings) > 10


def test_what_several_commands_share_is_explained_once() -> None:
    shared = told_in(section(page("reference/commands.md"), SHARED))
    uses = {
        option: [name for name, one in COMMANDS.items() if option in options_of(one)] for option in shared
    }
    assert shared
    assert all(len(names) > 1 for names in uses.values()), uses


def test_an_untold_option_is_found() -> None:
    text = "| option | |\n|---|---|\n| `--set NAME=VALUE`, `--pack DIR` | as above |\n| `-o PATH` | x |\n"
    assert told_in(text) == {"--set", "--pack", "-o"}
