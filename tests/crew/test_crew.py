"""The crew: bounded, killable, fair to those behind a verb that hangs, and at work without a new process."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from seatrial.crew.crew import AT_ONCE, Crew, open_crew
from seatrial.crew.verbs import Apply, Failure, IsUndone, TakeBack
from seatrial.journal.entries import Undo
from seatrial.targets import process
from seatrial.targets.target import EndpointTarget
from seatrial.testing.recording_action import calls, marks

pytestmark = pytest.mark.anyio
PACK = Path(__file__).resolve().parents[1] / "packs/testing"


@pytest.fixture
async def crew() -> AsyncIterator[Crew]:
    async with open_crew([str(PACK)]) as crew:
        yield crew


def undo(folder: Path, number: int = 0, **arguments: object) -> Undo:
    target = EndpointTarget(host="127.0.0.1", port=number + 1)
    state = {"path": str(folder / f"{number}.mark"), "token": target.identity}
    given = {"folder": str(folder), **arguments}
    return Undo.model_validate(
        {
            "id": f"f0.t{number}",
            "action": "testing.marker",
            "arguments": given,
            "target": target,
            "state": state,
        }
    )


async def begun(folder: Path, count: int) -> None:
    """Wait until so many verbs are at it; files tell of themselves to nobody."""
    while len(calls(folder)) < count:  # noqa: ASYNC110
        await anyio.sleep(0.01)


async def test_a_verb_that_hangs_is_killed_at_its_time(crew: Crew, tmp_path: Path) -> None:
    began = time.monotonic()
    answer = await crew.call(Apply(undo=undo(tmp_path, hang=True)), 0.3)
    assert answer.failure is Failure.TIMEOUT
    assert time.monotonic() - began < 1.5
    (call,) = calls(tmp_path)
    assert process.wait_until_gone(call.pid, 2)
    assert (await crew.call(TakeBack(undo=undo(tmp_path)), 5)).value == [False, True]


async def test_a_verb_whose_caller_is_cancelled_is_killed(crew: Crew, tmp_path: Path) -> None:
    with anyio.move_on_after(5) as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(crew.call, Apply(undo=undo(tmp_path, hang=True)), 60)
            await begun(tmp_path, 1)
            tasks.cancel_scope.cancel()
    assert not scope.cancelled_caught
    assert process.wait_until_gone(calls(tmp_path)[0].pid, 2)


async def test_more_hang_than_work_at_once_and_another_still_gets_its_turn(
    crew: Crew, tmp_path: Path
) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(1, 2 * AT_ONCE):
            tasks.start_soon(crew.call, Apply(undo=undo(tmp_path, number, hang=True)), 60)
        await begun(tmp_path, AT_ONCE)
        began = time.monotonic()
        answer = await crew.call(TakeBack(undo=undo(tmp_path)), 20)
        took_s = time.monotonic() - began
        tasks.cancel_scope.cancel()
    assert answer.value == [True, True]
    assert took_s < 10


async def test_an_undo_works_where_no_process_can_be_started(crew: Crew, tmp_path: Path) -> None:
    assert (await crew.call(Apply(undo=undo(tmp_path)), 5)).failure is None
    crew._forker._broken = True
    while len(crew._idle) > 1:
        hand = crew._idle.pop()
        hand.kill()
        await anyio.aclose_forcefully(hand.stream)
    refused = await crew.call(IsUndone(undo=undo(tmp_path)), 5)
    assert refused.failure is Failure.RETRYABLE
    assert "no worker process" in refused.reason
    assert (await crew.call(TakeBack(undo=undo(tmp_path)), 5)).value == [False, True]
    assert marks(tmp_path) == {}


async def test_many_callers_that_give_up_leave_the_crew_in_order(crew: Crew, tmp_path: Path) -> None:
    for _ in range(10):
        async with anyio.create_task_group() as tasks:
            for number in range(AT_ONCE):
                tasks.start_soon(crew.call, IsUndone(undo=undo(tmp_path, number)), 5)
            await anyio.sleep(0.001)
            tasks.cancel_scope.cancel()
    answer = await crew.call(IsUndone(undo=undo(tmp_path)), 20)
    assert answer.value is True, answer
    pids = [hand.pid for hand in crew._idle]
    assert len(set(pids)) == len(pids)
