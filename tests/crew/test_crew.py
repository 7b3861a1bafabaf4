"""The crew: bounded, killable, fair to those behind a verb that hangs, and at work without a new process."""

import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import anyio
import pytest

from seatrial.crew.crew import ASKING_AT_ONCE, AT_ONCE, Crew, open_crew
from seatrial.crew.lanes import LANES
from seatrial.crew.verbs import Answer, Apply, Failure, IsUndone, TakeBack
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


def undo(folder: Path, number: int = 0, action: str = "testing.marker", **arguments: object) -> Undo:
    target = EndpointTarget(host="127.0.0.1", port=number + 1)
    state = {"path": str(folder / f"{number}.mark"), "token": target.identity}
    given = {"folder": str(folder), **arguments}
    return Undo.model_validate(
        {
            "id": f"f0.t{number}",
            "action": action,
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
        hand.close()
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


async def answers_to(crew: Crew, asked: Sequence[Apply | TakeBack], timeout_s: float = 20) -> list[Answer]:
    """All of them at once, in their order."""
    found: dict[int, Answer] = {}

    async def call(number: int) -> None:
        found[number] = await crew.call(asked[number], timeout_s)

    async with anyio.create_task_group() as tasks:
        for number in range(len(asked)):
            tasks.start_soon(call, number)
    return [found[number] for number in range(len(asked))]


async def test_what_only_asks_others_is_done_many_at_once_in_few_processes(
    crew: Crew, tmp_path: Path
) -> None:
    many = [undo(tmp_path, n, "testing.asking", apply_takes="1 s") for n in range(ASKING_AT_ONCE)]
    assert all(answer.failure is None for answer in await answers_to(crew, [Apply(undo=one) for one in many]))
    first_s = min(call.t_s for call in calls(tmp_path) if call.moment == "applied")
    assert sum(call.t_s < first_s for call in calls(tmp_path)) > 1
    pids = {call.pid for call in calls(tmp_path)}
    assert len(pids) == ASKING_AT_ONCE // LANES
    taken_back = await answers_to(crew, [TakeBack(undo=one) for one in many])
    assert [answer.value for answer in taken_back] == [[False, True]] * len(many)
    assert {call.pid for call in calls(tmp_path)} == pids


async def test_one_that_hangs_takes_with_it_only_what_does_the_same(crew: Crew, tmp_path: Path) -> None:
    others = [undo(tmp_path, n, "testing.asking", apply_takes="60 s", undo_takes="1 s") for n in (1, 2)]
    hanging = undo(tmp_path, 3, "testing.asking", hang=True)
    there = undo(tmp_path, 4, "testing.asking", undo_takes="1 s")
    assert (await crew.call(Apply(undo=there), 5)).failure is None
    applies = [Apply(undo=one) for one in (*others, hanging)]
    asked: list[Apply | TakeBack] = [*applies, TakeBack(undo=there)]
    *applied, taken_back = await answers_to(crew, asked, timeout_s=2)
    assert {answer.failure for answer in applied} <= {Failure.TIMEOUT, Failure.DIED}
    assert Failure.TIMEOUT in {answer.failure for answer in applied}
    assert taken_back.value == [False, True]
    again = await answers_to(crew, [TakeBack(undo=one) for one in (*others, hanging)])
    assert [answer.value for answer in again] == [[False, True]] * 3
    assert marks(tmp_path) == {}


async def test_an_undo_that_only_asks_works_without_a_new_process_too(crew: Crew, tmp_path: Path) -> None:
    crew._forker._broken = True
    asked = undo(tmp_path, 0, "testing.asking")
    refused = await crew.call(Apply(undo=asked), 5)
    assert refused.failure is Failure.RETRYABLE
    assert (await crew.call(TakeBack(undo=asked), 20)).value == [True, True]
