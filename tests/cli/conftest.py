"""The real command line, in this process."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from seatrial.__main__ import main


class Said(NamedTuple):
    """What a command left: its exit code and its two streams."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("check", path)`: as from a shell; nothing is faked but the arguments."""

    def run(*arguments: str | Path) -> Said:
        monkeypatch.setattr(sys, "argv", ["seatrial", *map(str, arguments)])
        exit_code = 0
        try:
            main()
        except SystemExit as ended:
            exit_code = int(ended.code or 0)
        return Said(exit_code, *capsys.readouterr())

    return run
