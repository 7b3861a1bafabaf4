"""Shell lines end with their caller, at their timeout and when they fail; what they say is bounded."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from seatrial.shell import OUTPUT_BYTES_MAX, end_line, run_line

CALLER = (
    "import sys; from seatrial.shell import run_line; run_line(sys.argv[1], timeout_s=60, mark='the-mark')"
)


def wait_until(holds: Callable[[], bool], timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        os.sched_yield()


def pid_in(path: Path) -> int:
    wait_until(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Callable[[str], "subprocess.Popen[bytes]"]]:
    """Starts another process that runs a line."""
    started: list[subprocess.Popen[bytes]] = []

    def start(line: str) -> "subprocess.Popen[bytes]":
        started.append(subprocess.Popen([sys.executable, "-c", CALLER, line], cwd=tmp_path))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_line_that_ends_well(tmp_path: Path) -> None:
    ended = run_line("pwd; echo $WORD >&2", timeout_s=10, environment={"WORD": "hi"}, directory=tmp_path)
    assert ended.ok
    assert (ended.status, ended.stdout, ended.stderr) == (0, f"{tmp_path}\n", "hi\n")
    assert 0 < ended.took_s < 10


def test_a_line_that_fails_is_described_by_its_last_words() -> None:
    ended = run_line("for i in 1 2 3 4 5 6; do echo no $i >&2; done; exit 3", timeout_s=10)
    assert not ended.ok
    assert ended.describe(lines=2) == "exit status 3: no 5 / no 6"
    assert run_line("false", timeout_s=10).describe() == "exit status 1"
    assert run_line("echo out; false", timeout_s=10).describe() == "exit status 1: out"


@pytest.mark.parametrize("line", ["kill -TERM $$", "kill 0"])
def test_a_line_that_ends_by_a_signal(line: str) -> None:
    assert run_line(line, timeout_s=10).status == 128 + signal.SIGTERM


def test_there_is_no_stdin_and_no_terminal() -> None:
    ended = run_line("cat; exec 9</dev/tty", timeout_s=10)
    assert ended.stdout == ""
    assert ended.status == 2
    assert "/dev/tty" in ended.stderr


def test_at_the_timeout_all_of_it_ends(tmp_path: Path) -> None:
    ended = run_line(f"sleep 50 & echo $! > {tmp_path}/pid; sleep 60", timeout_s=0.3)
    assert ended.status is None
    assert ended.describe().startswith("no end within 0.3")
    wait_until(lambda: is_gone(pid_in(tmp_path / "pid")))


def test_a_failed_line_leaves_nothing(tmp_path: Path) -> None:
    run_line(f"sleep 50 & echo $! > {tmp_path}/pid; exit 1", timeout_s=10)
    wait_until(lambda: is_gone(pid_in(tmp_path / "pid")))


def test_a_line_that_ended_well_may_leave_a_process(tmp_path: Path) -> None:
    ended = run_line(f"sleep 50 >/dev/null 2>&1 & echo $! > {tmp_path}/pid", timeout_s=10)
    assert ended.ok
    assert ended.took_s < 5
    pid = pid_in(tmp_path / "pid")
    assert not is_gone(pid)
    os.kill(pid, signal.SIGKILL)


def test_output_is_bounded_and_its_end_is_kept() -> None:
    ended = run_line("head -c 5000000 /dev/zero | tr '\\0' x; echo end", timeout_s=20)
    assert ended.ok
    assert len(ended.stdout) == OUTPUT_BYTES_MAX
    assert ended.stdout.endswith("xend\n")


def test_a_flood_of_output_ends_at_the_timeout() -> None:
    ended = run_line("yes", timeout_s=0.3)
    assert ended.status is None
    assert ended.took_s < 3


def test_bytes_that_are_no_text() -> None:
    assert run_line(r"printf '\377ok'", timeout_s=10).stdout == "\ufffdok"


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        run_line("true", timeout_s=10, directory=tmp_path / "none")
    assert len(os.listdir("/proc/self/fd")) == before


def test_it_dies_with_its_caller(tmp_path: Path, caller: Callable[[str], "subprocess.Popen[bytes]"]) -> None:
    process = caller("sleep 50 & echo $! > pid; sleep 60")
    pid = pid_in(tmp_path / "pid")
    process.kill()
    process.wait()
    wait_until(lambda: is_gone(pid))


def test_it_can_be_ended_by_its_mark(
    tmp_path: Path, caller: Callable[[str], "subprocess.Popen[bytes]"]
) -> None:
    process = caller("sleep 50 & echo $! > pid; sleep 60")
    pid = pid_in(tmp_path / "pid")
    assert end_line("another-mark")
    assert not is_gone(pid)
    assert end_line("the-mark")
    assert is_gone(pid), "end_line returns only when it is over"
    assert process.wait(timeout=5) == 0


def test_there_is_nothing_to_end() -> None:
    assert end_line("nobody-has-this-mark")
