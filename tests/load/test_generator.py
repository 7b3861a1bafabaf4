"""Starting, ending and failing: no load outlives its run, and no failure goes unnoticed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import anyio
import pytest
from anyio.streams.buffered import BufferedByteReceiveStream

from seatrial.load.command import SHIM
from seatrial.load.generator import LoadError, LoadGenerator
from seatrial.load.second import LoadSecond
from seatrial.model.load import Load
from tests.load.conftest import Run, WriteLocustfile, about
from tests.load.server import Server

pytestmark = pytest.mark.anyio


def ok(server: Server, **more: object) -> Load:
    return Load.model_validate({"host": server.host, "requests": [{"path": "/ok"}], "rate": "50/s", **more})


async def test_a_closed_model(run: Run, server: Server, locustfile: WriteLocustfile) -> None:
    file = locustfile("""
        from locust import HttpUser, constant, task

        class Visitor(HttpUser):
            wait_time = constant(0.1)

            @task
            def look(self):
                self.client.get("/ok", headers={"X-From": __import__("os").environ["FROM"]})

        class Other(HttpUser):
            @task
            def never(self):
                self.client.get("/never")
    """)
    environment = {"FROM": "the experiment"}
    seconds = await run(
        2, locustfile=file, host=server.host, users=10, user_classes=["Visitor"], environment=environment
    )
    assert seconds[2].users == 10
    assert 60 < seconds[2].throughput_per_s() <= 100
    assert seconds[2].requests["/ok"].service is None
    assert seconds[2].scheduled == seconds[2].in_flight == 0
    assert set(server.seen) == {"/ok"}
    assert b"X-From: the experiment" in server.headers[0]


async def test_requests_without_a_locust_file(run: Run, server: Server) -> None:
    requests = [
        {"path": "/ok", "name": "read", "weight": 8, "headers": {"X-One": "1"}},
        {"path": "/ok?new", "method": "POST", "json": {"a": [1]}, "expect_status": [201]},
        {"path": "/status/503"},
        {"path": "/status/404", "expect_status": [404], "body": "plain"},
    ]
    seconds = await run(1, host=server.host, requests=requests, rate="200/s", arrivals="poisson")
    total = {
        name: sum(one.requests[name].total for one in seconds if name in one.requests)
        for name in ("read", "/ok?new", "/status/503", "/status/404")
    }
    assert total["read"] > 3 * total["/ok?new"] > 0
    second = seconds[1]
    assert second.requests["read"].failed == second.requests["/status/404"].failed == 0
    assert second.requests["/ok?new"].errors == {"HTTP 200": second.requests["/ok?new"].total}
    assert second.requests["/status/503"].errors == {"HTTP 503": second.requests["/status/503"].total}
    assert "POST /ok?new" in server.lines
    assert b'{"a": [1]}' in server.bodies
    assert b"plain" in server.bodies
    assert any(b"X-One: 1" in head for head in server.headers)


async def test_a_dead_system_is_no_error_of_the_generator(run: Run) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{unused.getsockname()[1]}"
        seconds = await run(1, host=host, requests=[{"path": "/"}], rate="50/s")
    assert seconds[1].requests["/"].errors == {"connection refused": seconds[1].ratio().total}
    assert seconds[1].ratio().total == about(50, 50, seconds)
    assert seconds[1].ratio().good == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from locust import task task", "SyntaxError"),
        ("import os", "There is no User class in"),
        pytest.param(
            "from locust import User\nclass Idle(User):\n    weight = 0\n",
            "no users with weight",
            marks=pytest.mark.slow,
        ),
        pytest.param("raise SystemExit('not today')", "not today", marks=pytest.mark.slow),
    ],
)
async def test_a_bad_locust_file_is_told_with_locusts_words(
    tmp_path: Path, locustfile: WriteLocustfile, text: str, said: str
) -> None:
    load = Load.model_validate({"locustfile": locustfile(text), "rate": "1/s"})
    with pytest.raises(LoadError, match="before it sent anything") as caught:
        await LoadGenerator(load, run_folder=tmp_path, seed=1).__aenter__()
    assert said in str(caught.value)
    assert "locust.log" in caught.value.hint


async def consume(generator: LoadGenerator) -> None:
    async with generator:
        await exhaust(generator.seconds())


async def exhaust(stream: AsyncIterator[LoadSecond]) -> None:
    async for _ in stream:
        pass


async def test_a_user_class_that_cannot_be_made_ends_the_load(
    tmp_path: Path, server: Server, locustfile: WriteLocustfile
) -> None:
    file = locustfile("""
        from locust import User, task

        class Unfit(User):
            def __init__(self, environment):
                super().__init__(environment)
                raise LookupError("no licence")

            @task
            def never(self):
                pass
    """)
    load = Load.model_validate({"locustfile": file, "rate": "5/s"})
    generator = LoadGenerator(load, run_folder=tmp_path, seed=1)
    with pytest.raises(LoadError, match="no licence"):
        await consume(generator)


async def test_locusts_death_is_noticed_at_once(tmp_path: Path, server: Server) -> None:
    async with LoadGenerator(ok(server), run_folder=tmp_path, seed=1) as generator:
        stream = generator.seconds()
        second = await anext(stream)
        assert generator._now_unix() - second.second_unix < 1.5
        begin = time.monotonic()
        os.kill(generator.process_ids()[0], signal.SIGKILL)
        with pytest.raises(LoadError, match=r"in the middle of the run, with exit code -9"):
            await exhaust(stream)
        assert time.monotonic() - begin < 0.5


@pytest.mark.slow
async def test_a_worker_that_stands_still_stops_neither_the_stream_nor_the_end(
    tmp_path: Path, server: Server
) -> None:
    told: list[LoadSecond] = []
    with anyio.CancelScope() as scope:
        async with LoadGenerator(ok(server, processes=2), run_folder=tmp_path, seed=1) as generator:
            pids = generator.process_ids()
            assert len(pids) == 3
            async for second in generator.seconds():
                told.append(second)
                if len(told) == 1:
                    os.kill(pids[2], signal.SIGSTOP)
                elif len(told) == 3:
                    os.kill(pids[2], signal.SIGCONT)
                elif len(told) == 5:
                    os.kill(pids[1], signal.SIGSTOP)
                    scope.cancel()
    assert scope.cancelled_caught
    await gone(pids)
    assert [one.workers for one in told[:3]] == [2, 1, 1]
    assert 20 < told[2].scheduled < 30
    assert all(one.workers_expected == 2 for one in told)
    assert sum(one.late for one in told[3:]) >= 1
    assert max(one.lag_ms for one in told[3:]) > 1000


ENGINE = """
import sys
from pathlib import Path

import anyio

from seatrial.load import generator
from seatrial.model import load

async def main():
    asked = load.Load.model_validate_json(sys.argv[1])
    async with generator.LoadGenerator(asked, run_folder=Path(sys.argv[2]), seed=1) as running:
        print(*running.process_ids(), flush=True)
        await anyio.sleep_forever()

anyio.run(main)
"""


@pytest.mark.parametrize("processes", [pytest.param(1, marks=pytest.mark.slow), 2])
async def test_the_load_dies_with_the_engine(tmp_path: Path, server: Server, processes: int) -> None:
    load = ok(server, processes=processes).model_dump_json(by_alias=True)
    arguments = [sys.executable, "-c", ENGINE, load, str(tmp_path)]
    engine = await anyio.open_process(arguments, stderr=None)
    async with engine:
        assert engine.stdout is not None
        line = await BufferedByteReceiveStream(engine.stdout).receive_until(b"\n", 1000)
        pids = [int(pid) for pid in line.split()]
        assert len(pids) == (1 if processes == 1 else 3)
        engine.kill()
        await gone(pids)


async def gone(pids: Iterable[int]) -> None:
    """Every one of these processes ends within a second; reaping it may take its new parent longer."""
    with anyio.fail_after(1):
        for pid in pids:
            with suppress(ProcessLookupError):
                fd = os.pidfd_open(pid)
                await anyio.wait_readable(fd)
                os.close(fd)


async def test_the_locust_files_own_shape(
    tmp_path: Path, server: Server, locustfile: WriteLocustfile
) -> None:
    file = locustfile("""
        from locust import FastHttpUser, LoadTestShape, constant, task

        class Visitor(FastHttpUser):
            wait_time = constant(0.05)

            @task
            def look(self):
                self.client.get("/ok")

        class Short(LoadTestShape):
            def tick(self):
                return (4, 4) if self.get_run_time() < 2 else None
    """)
    load = Load(locustfile=file, host=server.host, shape=True)
    async with LoadGenerator(load, run_folder=tmp_path, seed=1) as generator:
        seconds = [one async for one in generator.seconds()]
    assert 0 < max(one.users for one in seconds) <= 4
    assert sum(one.ratio().good for one in seconds) == server.seen["/ok"] > 10


async def test_workers_elsewhere(tmp_path: Path, server: Server, locustfile: WriteLocustfile) -> None:
    file = locustfile("""
        from locust import FastHttpUser, task

        class Visitor(FastHttpUser):
            @task
            def look(self):
                self.client.get("/ok")
    """)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    load = Load.model_validate(
        {"locustfile": file, "host": server.host, "rate": "100/s", "workers": {"expect": 2, "port": port}}
    )
    generator = LoadGenerator(load, run_folder=tmp_path, seed=1)
    code = "import sys; from seatrial.load.worker import run_worker; sys.exit(run_worker(sys.argv[1]))"
    as_the_operator_does = [
        "--worker",
        "--master-host",
        "its-own-master.invalid",
        "--locustfile",
        f"{file},{SHIM}",
    ]
    as_the_operator_does += ["--master-host", "127.0.0.1", "--master-port", str(port)]
    commands = [["-c", code, f"127.0.0.1:{port}"], ["-m", "locust", *as_the_operator_does]]
    with (tmp_path / "workers.log").open("w") as log:
        workers = [
            subprocess.Popen([sys.executable, *command], stdout=log, stderr=log)  # noqa: ASYNC220
            for command in commands
        ]
        told = []
        async with generator:
            assert generator.master_address == f"127.0.0.1:{port}"
            assert len(generator.process_ids()) == 1
            async for second in generator.seconds():
                told.append(second)
                if len(told) == 3:
                    await generator.stop()
        codes = [await anyio.to_thread.run_sync(partial(one.wait, 10)) for one in workers]
    assert codes == [0, 0]
    assert [one.workers for one in told[1:3]] == [2, 2]
    assert told[2].scheduled == about(100, 100, told)
    assert server.seen["/ok"] - 20 <= sum(one.ratio().total for one in told) <= server.seen["/ok"]


@pytest.mark.slow
async def test_missing_workers_are_waited_for_and_then_told(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seatrial.load.generator.START_WITHIN_S", 1.0)
    load = ok(server, workers={"expect": 1, "port": 0, "connect_within": "1 s"})
    with pytest.raises(LoadError, match="0 of 1 load workers had started"):
        await LoadGenerator(load, run_folder=tmp_path, seed=1).__aenter__()
