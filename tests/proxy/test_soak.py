"""Minutes of traffic under faults that come and go: nothing grows."""

import asyncio
import os
import random
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.proxy.line import Line, line, no_linger

LASTS_S = 180
USERS = 50
FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("latency", {"latency_s": 0.02}),
    ("reset", {"after_s": 0.5}),
    ("slice", {"size": 50_000, "pause_s": 0.0}),
    ("limit", {"size": 3_000, "reset": False}),
    ("blackhole", {}),
)


async def use(there: Line, chance: random.Random) -> None:
    """One connection, with some requests and one of three ends."""
    reader, writer = await there.client()
    try:
        for _ in range(chance.randrange(1, 20)):
            size = chance.choice((1, 1000, 100_000))
            writer.write(bytes(size))
            await reader.readexactly(size)
        match chance.randrange(3):
            case 0:
                no_linger(writer)
            case 1:
                writer.write_eof()
                await reader.read(-1)
    except (OSError, asyncio.IncompleteReadError):
        pass
    there.close(writer)


async def keep_using(there: Line, chance: random.Random, until_s: float) -> int:
    used = 0
    while time.monotonic() < until_s:
        await use(there, chance)
        used += 1
    return used


@pytest.mark.anyio
@pytest.mark.slow
@pytest.mark.timeout(LASTS_S + 120)
async def test_nothing_grows() -> None:
    chance = random.Random(5)
    resident: list[int] = []
    async with line() as there:
        end_s = time.monotonic() + LASTS_S
        async with asyncio.TaskGroup() as group:
            users = [group.create_task(keep_using(there, chance, end_s)) for _ in range(USERS)]
            while time.monotonic() < end_s:
                kind, settings = chance.choice(FAULTS)
                there.put(kind, lease=str(len(resident)), **settings)
                await asyncio.sleep(1.5)
                there.proxy.take(str(len(resident)))
                await asyncio.sleep(0.5)
                resident.append(resident_bytes())
        await there.until_empty()
        open_files = len(os.listdir("/proc/self/fd"))
    assert sum(task.result() for task in users) > 3000
    quarter = len(resident) // 4
    assert median(resident[-quarter:]) < 1.1 * median(resident[quarter : 2 * quarter])
    assert open_files < 100


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
