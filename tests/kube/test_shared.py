"""Equal questions that wait at one moment are asked once, and no answer is older than its question."""

import asyncio

import pytest

from seatrial.kube.shared import Shared

pytestmark = pytest.mark.anyio


class Server:
    """Answers with the number of the question, when it is let to."""

    def __init__(self) -> None:
        self.asked = 0
        self.free = asyncio.Semaphore(0)

    async def ask(self) -> int:
        self.asked += 1
        number = self.asked
        await self.free.acquire()
        if number == 3:
            raise ValueError("the third")
        return number


async def begun(*asking: asyncio.Task[int]) -> None:
    """Let all of them ask what they can."""
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(one.done() for one in asking)


async def test_who_comes_while_it_is_asked_shares_the_next_answer() -> None:
    shared, server = Shared(), Server()
    first = asyncio.create_task(shared.ask("pods", server.ask))
    await begun(first)
    others = [asyncio.create_task(shared.ask("pods", server.ask)) for _ in range(9)]
    await begun(*others)
    assert server.asked == 1
    server.free.release()
    assert await first == 1
    await begun(*others)
    server.free.release()
    assert await asyncio.gather(*others) == [2] * 9


async def test_other_questions_wait_for_nobody() -> None:
    shared, server = Shared(), Server()
    asking = [asyncio.create_task(shared.ask(name, server.ask)) for name in ("pods", "nodes")]
    await begun(*asking)
    assert server.asked == 2
    server.free.release()
    server.free.release()
    assert sorted(await asyncio.gather(*asking)) == [1, 2]


async def test_who_gives_up_takes_nothing_from_the_others_and_an_error_is_for_all() -> None:
    shared, server = Shared(), Server()
    server.asked = 1
    first = asyncio.create_task(shared.ask("pods", server.ask))
    await begun(first)
    others = [asyncio.create_task(shared.ask("pods", server.ask)) for _ in range(3)]
    await begun(*others)
    first.cancel()
    others[0].cancel()
    server.free.release()
    server.free.release()
    told = await asyncio.gather(*others[1:], return_exceptions=True)
    assert [str(one) for one in told] == ["the third"] * 2
    again = asyncio.create_task(shared.ask("pods", server.ask))
    server.free.release()
    assert await again == 4
