"""Processes that hold a fault: found by their mark, ended by anyone, and by themselves."""

import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.errors import Fatal
from seatrial.held.hold import end_held, held, hold
from seatrial.targets import process

WAITS = "import os, signal; os.write(1, b'ready\\n'); signal.pause()"

BURNS = "import os; os.write(1, b'ready\\n'); [0 for _ in iter(int, 1)]"


@pytest.fixture
def mark() -> Iterator[str]:
    mark = f"test-{uuid.uuid4().hex[:12]}"
    yield mark
    assert end_held(mark)


def script(folder: Path, text: str) -> Path:
    path = folder / "script.py"
    path.write_text(text)
    return path


def test_every_copy_is_found_and_ended_with_what_it_started(tmp_path: Path, mark: str) -> None:
    starts_more = (
        "import os, subprocess; subprocess.Popen(['sleep', '60']);"
        f"subprocess.Popen(['sleep', '61'], start_new_session=True); {WAITS}"
    )
    hold(mark, script(tmp_path, starts_more), "a", ends_in_s=30, copies=3)
    found = held(mark)
    assert sorted(one.argv[-1] for one in found) == ["60"] * 3 + ["61"] * 3 + ["a"] * 3
    assert os.getpgid(0) not in (groups := {os.getpgid(one.pid) for one in found})
    assert len(groups) == 4
    assert held(mark + "0") == held(mark[:-1]) == []
    assert end_held(mark)
    assert held(mark) == []
    assert process.group_members(groups) == []


def test_it_ends_by_itself(tmp_path: Path, mark: str) -> None:
    began = time.monotonic()
    hold(
        mark,
        script(tmp_path, WAITS.replace("signal.pause()", "[0 for _ in iter(int, 1)]")),
        ends_in_s=0.6,
        copies=2,
    )
    assert all(process.wait_until_gone(one.pid, 5) for one in held(mark))
    assert 0.5 < time.monotonic() - began < 3


def test_the_kernel_takes_it_first_where_memory_runs_out(tmp_path: Path, mark: str) -> None:
    hold(mark, script(tmp_path, WAITS), ends_in_s=30)
    (one,) = held(mark)
    assert Path(f"/proc/{one.pid}/oom_score_adj").read_text() == "1000\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise OSError('no\\nroom')", r"^OSError: no room$"),
        ("", "^what was to hold the fault ended$"),
        ("import signal; signal.pause()", "^what holds the fault was not ready in time$"),
        ("import seatrial", "^ModuleNotFoundError: No module named 'seatrial'$"),
    ],
)
def test_one_that_fails_leaves_nothing(tmp_path: Path, mark: str, text: str, said: str) -> None:
    with pytest.raises(Fatal, match=said):
        hold(mark, script(tmp_path, text), ends_in_s=30, copies=2, ready_within_s=1.0)
    assert held(mark) == []


def test_a_caller_that_dies_at_any_moment_leaves_only_what_can_be_found(tmp_path: Path) -> None:
    """A fault that begins after its undo has looked would be left: none does."""
    begun = tmp_path / "begun"
    begins = script(tmp_path, f"import os, sys; open(sys.argv[1] + str(os.getpid()), 'w').close(); {WAITS}")
    for number in range(20):
        mark = f"test-{uuid.uuid4().hex[:12]}"
        caller = os.fork()
        if caller == 0:
            try:
                hold(mark, begins, str(begun), ends_in_s=20)
            finally:
                os._exit(0)
        threading.Event().wait(number * 0.004)
        os.kill(caller, signal.SIGKILL)
        os.waitpid(caller, 0)
        assert end_held(mark)
        faults = set(tmp_path.glob("begun*"))
        threading.Event().wait(0.06)
        # One that was about to start finds nobody who would give it the word, and ends.
        assert all(process.wait_until_gone(late.pid, 5) for late in held(mark))
        assert set(tmp_path.glob("begun*")) == faults, "a fault began after its undo"
