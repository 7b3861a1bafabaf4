"""Tests that need systemd, on a machine that it runs: where one fails, the message is what it said."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.systemd.machine import Machine, NoSystemd, systemd_machine

THEIRS = ("tests/actions", "tests/guardian")


@pytest.fixture
def machine(require_program: Callable[..., Path]) -> Iterator[Machine]:
    if os.geteuid() != 0:
        pytest.skip("this user may not make namespaces")
    for program, package in (("systemctl", "systemd"), ("nsenter", "util-linux")):
        require_program(program, package=package)
    try:
        with systemd_machine() as made:
            yield made
    except NoSystemd as why:
        pytest.skip(str(why))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "chosen", ["systemd and not slow", pytest.param("systemd and slow", marks=pytest.mark.slow)]
)
def test_what_is_tested_under_systemd(chosen: str, machine: Machine) -> None:
    pytest_here = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", "-ra")
    done = machine.run(*pytest_here, "-m", chosen, *THEIRS, timeout_s=580, SEATRIAL_TESTS_NEED_SYSTEMD="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
