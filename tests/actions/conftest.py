"""Processes to be hit: each with a command line that nobody else has."""

import subprocess
import uuid
from collections.abc import Callable, Iterator

import pytest

from seatrial.targets import process
from seatrial.targets.target import ProcessTarget

Start = Callable[..., ProcessTarget]


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(script)`: a shell that runs it, once it says that it is ready by writing a line."""
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str, name: str = "") -> ProcessTarget:
        line = ["/bin/sh", "-c", script, name or uuid.uuid4().hex]
        started.append(subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        output = started[-1].stdout
        assert output is not None
        assert output.readline() == b"ready\n"
        target = process.as_target(started[-1].pid)
        assert target is not None
        return target

    yield start
    for one in started:
        one.kill()
        one.communicate()
