import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from seatrial.load.generator import LoadGenerator
from seatrial.load.second import LoadSecond
from seatrial.model.load import Load
from tests.load.server import Server, serving

WriteLocustfile = Callable[[str], Path]
Run = Callable[..., Awaitable[list[LoadSecond]]]


def about(count: float, rate: float, seconds: list[LoadSecond]) -> object:
    """That many arrivals, or as many fewer or more as the generator says it was late with.

    Tests run beside others: an arrival may slip into the next second, and the generator tells by how much.
    """
    return pytest.approx(count, abs=4 + rate * max(one.lag_ms for one in seconds) / 1000)


@pytest.fixture
async def server(anyio_backend: str) -> AsyncIterator[Server]:
    async with serving() as one:
        yield one


@pytest.fixture
def locustfile(tmp_path: Path) -> WriteLocustfile:
    def write(text: str) -> Path:
        path = tmp_path / "user.py"
        path.write_text(dedent(text))
        return path

    return write


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a load for some whole seconds after the first, unfinished one; all seconds, the rest too."""

    async def run(seconds: int, **load: Any) -> list[LoadSecond]:
        told = []
        async with LoadGenerator(Load.model_validate(load), run_folder=tmp_path, seed=7) as generator:
            async for second in generator.seconds():
                told.append(second)
                if len(told) == seconds + 1:
                    begin = time.monotonic()
                    await generator.stop()
                    assert time.monotonic() - begin < 2.5
        return told

    return run
