"""process.pause keeps what every action has to, and what is its own."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal
from seatrial.targets import process
from seatrial.targets.target import ProcessTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Applied, Start

LEASE = Lease(id="l", max_hold_s=10)
SERVES = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print("ready", flush=True)
while True:
    with server.accept()[0] as one: one.sendall(b"hello")
"""


class TestProcessPause(ActionConformance):
    every_step = True
    run_moments = 10

    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("process.pause")

    @pytest.fixture
    def target(self, start: Start) -> Iterator[ProcessTarget]:
        target = start("echo ready; read _; true")
        yield target
        process.send_signal(target, signal.SIGCONT)

    def snapshot(self, target: Any) -> object:
        return process.is_alive(target), process.state(target.pid) in ("T", "t")

    def test_nobody_answers(self, start: Start) -> None:
        """Connections are accepted, by the kernel; answers come after the undo."""
        target = start(f"exec {sys.executable} -S -c '{SERVES}'")
        address = next(one.laddr for one in psutil.Process(target.pid).net_connections())
        with socket.create_connection(address, 5) as before:
            assert before.recv(5) == b"hello"
        with Applied(self.make("process.pause"), target), socket.create_connection(address, 5) as client:
            client.settimeout(0.3)
            with pytest.raises(TimeoutError):
                client.recv(5)
        with socket.create_connection(address, 5) as after:
            assert after.recv(5) == b"hello"

    def test_one_that_is_stopped_already_is_not_ours(self, action: Any, target: ProcessTarget) -> None:
        os.kill(target.pid, signal.SIGSTOP)
        assert process.wait_until_stopped(target, 5)
        with pytest.raises(Fatal, match=r"is stopped already, by somebody else$"):
            action.prepare(target, LEASE)

    def test_the_successor_of_its_pid_is_left_alone(self, action: Any, target: ProcessTarget) -> None:
        gone = target.model_copy(update={"start_ticks": target.start_ticks - 1})
        with pytest.raises(Fatal, match=r"is gone$"):
            action.prepare(gone, LEASE)
        state = action.prepare(target, LEASE)
        with pytest.raises(Fatal, match=r"is gone$"):
            action.apply(gone, state)
        action.apply(target, state)
        assert action.is_undone(gone, state)
        assert not action.has_effect(gone, state)
        action.undo(gone, state)
        assert action.has_effect(target, state), "an undo for the one before does not let this one go on"
