"""Processes are told apart by their start, signalled by pidfd, and awaited."""

import os
import resource
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest

from seatrial.errors import Fatal, Retryable
from seatrial.targets import process
from seatrial.targets.target import ProcessTarget

SLEEPER = ["sleep", f"60.{os.getpid()}"]
"""A command line that no other test has, for twins are told by it."""


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen(SLEEPER, start_new_session=True)
    yield started
    started.kill()
    started.wait()


@pytest.fixture
def target(child: "subprocess.Popen[bytes]") -> ProcessTarget:
    return as_target(child.pid)


def as_target(pid: int) -> ProcessTarget:
    """In the midst of exec a process has no command line, and Popen returns then."""
    deadline = time.monotonic() + 5
    while (found := process.as_target(pid)) is None:
        assert time.monotonic() < deadline
    return found


def test_identity(target: ProcessTarget) -> None:
    assert process.is_alive(target)
    successor = target.model_copy(update={"start_ticks": target.start_ticks + 1})
    assert not process.is_alive(successor)
    assert not process.send_signal(successor, signal.SIGKILL)
    assert process.is_alive(target)


def test_after_the_end(child: "subprocess.Popen[bytes]", target: ProcessTarget) -> None:
    assert process.send_signal(target, signal.SIGKILL)
    assert process.wait_until_gone(target.pid, 5)
    assert process.state(target.pid) == "Z"
    assert not process.is_alive(target), "a zombie has ended"
    assert process.as_target(target.pid) is None
    child.wait()
    assert process.wait_until_gone(target.pid, 0)
    assert not process.send_signal(target, signal.SIGKILL)


def test_waiting_for_an_end_that_does_not_come(target: ProcessTarget) -> None:
    began = time.monotonic()
    assert not process.wait_until_gone(target.pid, 0.05)
    assert 0.04 < time.monotonic() - began < 2


def test_the_end_is_an_event(target: ProcessTarget) -> None:
    killer = threading.Timer(0.05, os.kill, (target.pid, signal.SIGKILL))
    killer.start()
    assert process.wait_until_gone(target.pid, 30)
    killer.join()


def test_waiting_until_stopped(target: ProcessTarget) -> None:
    assert not process.wait_until_stopped(target, 0.01)
    process.send_signal(target, signal.SIGSTOP)
    assert process.wait_until_stopped(target, 5)
    process.send_signal(target, signal.SIGKILL)
    process.wait_until_gone(target.pid, 5)
    assert not process.wait_until_stopped(target, 5)


def test_members_of_a_group(target: ProcessTarget) -> None:
    assert process.group_members({target.pid}) == [target.pid]
    assert process.group_members({2**22 + 1}) == []


def test_no_descriptor_for_a_signal_is_worth_another_try(target: ProcessTarget) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(Retryable, match=r"cannot be signalled now: Too many open files$"):
            process.send_signal(target, signal.SIGCONT)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_signal_that_is_not_allowed(target: ProcessTarget) -> None:
    os.setresuid(65534, 65534, 0)
    try:
        with pytest.raises(Fatal, match=r"belongs to user 'root': Operation not permitted$"):
            process.send_signal(target, signal.SIGCONT)
        assert process.missing_to_signal(target) == [f"to be root or user 'root', to signal {target.label}"]
    finally:
        os.setresuid(0, 0, 0)


def test_twins(target: ProcessTarget) -> None:
    assert process.twins(target) == []
    with subprocess.Popen(SLEEPER) as other:
        try:
            as_target(other.pid)
            assert [twin.pid for twin in process.twins(target)] == [other.pid]
        finally:
            other.kill()


def test_only_wanted_ones(target: ProcessTarget) -> None:
    assert target in list(process.all_targets())
    assert target in list(process.all_targets(lambda line: line == " ".join(SLEEPER)))
    assert target not in list(process.all_targets(lambda line: "no such line" in line))


def test_a_long_command_line() -> None:
    long = "x" * 100_000
    with subprocess.Popen(["/bin/sh", "-c", "read _; true", long], stdin=subprocess.PIPE) as other:
        try:
            argv = as_target(other.pid).argv
        finally:
            other.kill()
    assert argv[-1] == long
