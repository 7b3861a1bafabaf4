"""docs/reference/commands.md is true of the command line: every command, every option, none beyond them."""

import re
from typing import Any

import pytest
from typer.main import get_command

from seatrial.cli.app import app_of
from tests.docs.pages import page, rows, section

_GROUP: Any = get_command(app_of())
COMMANDS: dict[str, Any] = {name: one for name, one in _GROUP.commands.items() if not one.hidden}
SHARED = "Options that several commands share"


def options_of(command: Any) -> set[str]:
    return {name for option in command.params for name in option.opts if name.startswith("-")}


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
