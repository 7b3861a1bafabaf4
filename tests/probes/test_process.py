"""process: counts what runs, tells what is stopped, and never counts the dead."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.errors import InvalidInput
from seatrial.reading import Reading, Value
from seatrial.targets import process
from tests.probes.conftest import Make

pytestmark = pytest.mark.anyio


@pytest.fixture
def pids(tmp_path: Path) -> Iterator[list[int]]:
    """Two processes that nobody else's command line matches."""
    line = ["/bin/sh", "-c", "read _; true", str(tmp_path)]
    started = [subprocess.Popen(line, stdin=subprocess.PIPE) for _ in range(2)]
    while not all(process.as_target(one.pid) for one in started):
        os.sched_yield()
    yield [one.pid for one in started]
    for one in started:
        one.kill()
        one.communicate()


def seen(count: int, running: int) -> Value:
    return Value(values={"count": count, "running": running, "alive": count > 0})


async def test_stopped_and_ended_ones(make: Make, pids: list[int], tmp_path: Path) -> None:
    probe = make("process", cmdline=f"{tmp_path}$")
    assert await probe.read() == seen(2, 2)
    os.kill(pids[0], signal.SIGSTOP)
    stopped = process.as_target(pids[0])
    assert stopped is not None
    assert process.wait_until_stopped(stopped, 5)
    assert await probe.read() == seen(2, 1)
    os.kill(pids[1], signal.SIGKILL)
    assert process.wait_until_gone(pids[1], 5)
    assert process.state(pids[1]) == "Z"
    assert await probe.read() == seen(1, 0)
    os.kill(pids[0], signal.SIGKILL)
    assert process.wait_until_gone(pids[0], 5)
    assert await probe.read() == seen(0, 0)


async def test_by_pid_and_pidfile(make: Make, pids: list[int], tmp_path: Path) -> None:
    pidfile = tmp_path / "shop.pid"
    pidfile.write_text(f"{pids[0]}\n")
    assert await make("process", pid=pids[0]).read() == seen(1, 1)
    assert await make("process", pidfile=str(pidfile)).read() == seen(1, 1)
    assert await make("process", pidfile=str(pidfile), exclude=str(tmp_path)).read() == seen(0, 0)


async def test_no_pidfile_is_no_process(make: Make, tmp_path: Path) -> None:
    reading: Reading = await make("process", pidfile=str(tmp_path / "none.pid")).read()
    assert reading == seen(0, 0).model_copy(update={"note": "there is no pidfile"})


async def test_a_pidfile_of_something_else_cannot_be_read(make: Make, tmp_path: Path) -> None:
    (tmp_path / "odd.pid").write_text("nginx")
    with pytest.raises(InvalidInput, match=r"odd\.pid cannot be used"):
        await make("process", pidfile=str(tmp_path / "odd.pid")).read()


async def test_nothing_to_look_for(make: Make) -> None:
    with pytest.raises(ValueError, match="at least one of `cmdline`, `pid` or `pidfile`"):
        make("process", user="root")


async def test_it_reads_what_it_says(make: Make) -> None:
    reading = await make("process", cmdline="no such process at all").read()
    assert isinstance(reading, Value)
    assert list(reading.values) == list(make("process", pid=2).quantities)
