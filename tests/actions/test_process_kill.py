"""process.kill and process.terminate keep what an irreversible action has to."""

import time
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal
from seatrial.targets import process
from seatrial.targets.target import ProcessTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Start

LEASE = Lease(id="l", max_hold_s=10)
WAITS = "echo ready; read _; true"


class _Ending(ActionConformance):
    @pytest.fixture
    def target(self, start: Start) -> ProcessTarget:
        self.start = start
        return start(WAITS)

    def snapshot(self, target: Any) -> object:
        return process.is_alive(target)

    def recover(self, target: Any) -> None:
        self.start(WAITS, target.argv[-1])  # the name makes it a twin

    def test_one_successor_does_not_stand_in_for_two(self, action: Any, start: Start) -> None:
        first = start(WAITS)
        second = start(WAITS, first.argv[-1])
        states = [action.prepare(one, LEASE) for one in (first, second)]
        for one, state in zip((first, second), states, strict=True):
            action.apply(one, state)
        start(WAITS, first.argv[-1])
        assert not any(map(action.is_undone, (first, second), states))
        start(WAITS, first.argv[-1])
        assert all(map(action.is_undone, (first, second), states))

    def test_what_has_gone_cannot_be_killed(self, action: Any, target: ProcessTarget) -> None:
        self.remove(target)
        with pytest.raises(Fatal, match=r"is gone$"):
            action.prepare(target, LEASE)


class TestProcessKill(_Ending):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("process.kill")

    def test_nothing_withstands_it(self, action: Any, start: Start) -> None:
        target = start("trap '' TERM; echo ready; read _; true")
        action.apply(target, state := action.prepare(target, LEASE))
        assert action.has_effect(target, state)


class TestProcessTerminate(_Ending):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("process.terminate")

    def test_it_waits_for_an_orderly_end(self, action: Any, start: Start) -> None:
        target = start("trap 'sleep 0.3; exit' TERM; echo ready; while :; do sleep 0.01; done")
        action.apply(target, state := action.prepare(target, LEASE))
        assert action.has_effect(target, state)

    def test_one_that_does_not_listen_was_not_hit(self, start: Start) -> None:
        action = self.make("process.terminate", grace="100 ms")
        target = start("trap '' TERM; echo ready; read _; true")
        began = time.monotonic()
        action.apply(target, state := action.prepare(target, LEASE))
        assert 0.1 <= time.monotonic() - began < 3
        assert isinstance(action.timeout_s, float)
        assert not action.has_effect(target, state)  # type: ignore[attr-defined]
        assert action.is_undone(target, state)
