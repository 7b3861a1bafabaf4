"""The same Locust file with and without Seatrial, for comparison."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio

from seatrial.load.generator import LoadGenerator
from seatrial.load.second import LoadSecond
from seatrial.model.load import Load

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


def exact_times_ms(file: Path, host: str, users: int, seconds: float) -> list[float]:
    """What plain Locust measures in that time, before it rounds."""
    with tempfile.TemporaryDirectory() as folder:
        exact, times = Path(folder) / "exact.py", Path(folder) / "times"
        exact.write_text(EXACT)
        both = Path(f"{file},{exact}")
        with plain_locust(both, host, users, "--run-time", f"{seconds:g}s", TIMES=str(times)) as process:
            process.wait(seconds + 20)
        return [float(line) for line in times.read_text().split()]


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
