"""The same Locust file with and without Seatrial, for comparison."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import psutil

from seatrial.load.generator import LoadGenerator
from seatrial.load.honesty import generator_limit
from seatrial.load.second import LoadSecond
from seatrial.model.load import Load

START_S = 3.0
"""Until Locust is imported and its users are there."""

USER = """
from locust import {base}, task, {wait_time}

class Visitor({base}):
    wait_time = {wait_time}({wait})

    @task
    def look(self):
        self.client.get("/")
"""

EXACT = '''
"""Every response time that Locust measured, unrounded."""
import os
from locust import events

times_ms = []
events.request.add_listener(lambda response_time, **_: times_ms.append(response_time))

@events.quitting.add_listener
def write(**_):
    with open(os.environ["TIMES"], "w") as file:
        file.writelines(f"{one}\\n" for one in times_ms)
'''


def user_file(
    folder: Path, *, base: str = "FastHttpUser", wait_time: str = "constant", wait: float = 0
) -> Path:
    path = folder / "visitor.py"
    path.write_text(USER.format(base=base, wait_time=wait_time, wait=wait))
    return path


@contextmanager
def plain_locust(
    file: Path, host: str, users: int, *more: str, **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Locust alone, from the command line."""
    command = [sys.executable, "-m", "locust", "--headless", "--only-summary", "--stop-timeout", "0"]
    command += [
        "--locustfile",
        str(file),
        "--host",
        host,
        "--users",
        str(users),
        "--spawn-rate",
        "100",
        *more,
    ]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | environment,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def exact_times_ms(file: Path, host: str, users: int, seconds: float) -> tuple[list[float], float]:
    """What plain Locust measures in that time, before it rounds, and its share of a core."""
    with tempfile.TemporaryDirectory() as folder:
        exact, times = Path(folder) / "exact.py", Path(folder) / "times"
        exact.write_text(EXACT)
        both = Path(f"{file},{exact}")
        with plain_locust(both, host, users, "--run-time", f"{seconds:g}s", TIMES=str(times)) as process:
            Event().wait(START_S)
            before_s = cpu_used_s(process.pid)
            Event().wait(seconds - START_S)
            cpu_s = cpu_used_s(process.pid) - before_s
            process.wait(20)
        return [float(line) for line in times.read_text().split()], cpu_s / (seconds - START_S)


def told_limit(seconds: list[LoadSecond]) -> str:
    """Whether the figures are the generator's own, by its own account: on a busy machine they are."""
    limit = generator_limit(seconds[1:])
    return f" (generator-limited: {limit.reason})" if limit is not None else ""


def cpu_used_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def seatrial_seconds(
    enough: Callable[[list[LoadSecond]], bool], on_pid: Callable[[int], None] = lambda _: None, **load: Any
) -> list[LoadSecond]:
    """Seatrial's own generator, until the seconds are enough."""

    async def run() -> list[LoadSecond]:
        told: list[LoadSecond] = []
        with tempfile.TemporaryDirectory() as folder:
            async with LoadGenerator(Load.model_validate(load), run_folder=Path(folder), seed=1) as generator:
                on_pid(generator.process_ids()[0])
                async for second in generator.seconds():
                    told.append(second)
                    if enough(told):
                        return told
        return told

    return anyio.run(run)
