"""The open model over Locust files as people write them."""

from pathlib import Path

import anyio
import pytest

from seatrial.histogram import count_above, decode
from seatrial.load.generator import LoadGenerator
from seatrial.model.load import Load
from seatrial.reading import Latency
from tests.load.conftest import Run, WriteLocustfile, about
from tests.load.server import Server

pytestmark = pytest.mark.anyio

ALL_KINDS = """
    import time
    from locust import FastHttpUser, HttpUser, SequentialTaskSet, TaskSet, User, constant, task

    class Fast(FastHttpUser):
        wait_time = constant(60)

        def on_start(self):
            self.client.get("/login", name="login")
            self.ready = True

        @task(3)
        def often(self):
            assert self.ready
            self.client.get("/often")

        @task
        def rarely(self):
            self.client.get("/rarely")

    class Slow(HttpUser):
        wait_time = constant(60)

        @task
        class Steps(SequentialTaskSet):
            @task
            def one(self):
                self.client.get("/one")

            @task
            def two(self):
                self.client.get("/two")

            @task
            class Nested(TaskSet):
                @task
                def three(self):
                    self.client.get("/three")
                    self.interrupt()

    class Plain(User):
        wait_time = constant(60)

        @task
        def anything(self):
            begin = time.perf_counter()
            time.sleep(0.001)
            self.environment.events.request.fire(
                request_type="TOOL", name="plain", response_time=(time.perf_counter() - begin) * 1000,
                response_length=0, exception=None, context={}, response=None,
            )

    class Never(User):
        weight = 0
"""


async def test_any_locust_file_as_it_is(run: Run, server: Server, locustfile: WriteLocustfile) -> None:
    seconds = await run(2, locustfile=locustfile(ALL_KINDS), host=server.host, rate="200/s")
    whole = seconds[1:-1]
    assert sum(one.scheduled for one in whole) == about(400, 200, seconds)
    tasks = sum(one.total for second in whole for name, one in second.requests.items() if name != "login")
    begun = sum(one.scheduled for one in whole) + seconds[0].in_flight - whole[-1].in_flight
    assert tasks == about(begun, 200, seconds)
    names = {name for second in seconds for name in second.requests}
    assert names == {"login", "/often", "/rarely", "/one", "/two", "/three", "plain"}
    assert server.seen["/often"] > 2 * server.seen["/rarely"] > 0
    assert server.seen["/one"] >= server.seen["/two"] >= server.seen["/three"] > 0
    assert server.seen["/login"] <= max(one.users for one in whole)
    assert not any(one.ratio().bad or one.dropped or one.user_errors for one in seconds)
    assert all(one.workers == 1 for one in seconds)
    for second in whole:
        for one in second.requests.values():
            assert one.service is not None
            assert decode(one.latency).get_total_count() == decode(one.service).get_total_count() == one.total


async def test_a_stall_is_measured_from_the_intended_start(tmp_path: Path, server: Server) -> None:
    load = Load(host=server.host, requests=[{"path": "/held"}], rate="100/s")  # type: ignore[arg-type]
    async with (
        LoadGenerator(load, run_folder=tmp_path, seed=1) as generator,
        anyio.create_task_group() as group,
    ):

        async def stall() -> None:
            await anyio.sleep(1.0)
            server.release()
            await anyio.sleep(0.5)
            await generator.stop()

        group.start_soon(stall)
        latencies = [one.latency(0.5) async for one in generator.seconds()]
    slow = sum(count_above(one.decoded, 100) for one in latencies if isinstance(one, Latency))
    longest = max(one.decoded.get_max_value() for one in latencies if isinstance(one, Latency)) / 1e6
    # Of each second of stall, 0.9 s of arrivals wait over 100 ms.
    assert slow == pytest.approx((longest - 0.1) * 100, rel=0.08, abs=10)
    assert 0.6 < longest < 1.2


async def test_arrivals_beyond_the_limit_are_dropped_and_told(run: Run, server: Server) -> None:
    seconds = await run(2, host=server.host, requests=[{"path": "/hang"}], rate="200/s", max_in_flight=25)
    assert [one.in_flight for one in seconds[1:-1]] == [25, 25]
    assert seconds[2].dropped == seconds[2].scheduled == about(200, 200, seconds)
    assert seconds[2].oldest_ms > 1000
    assert not seconds[2].requests, seconds[2].requests
    assert sum(one.scheduled - one.dropped for one in seconds) == server.seen["/hang"] == 25


IN_TROUBLE = """
    from locust import FastHttpUser, HttpUser, LoadTestShape, task

    class HangingFast(FastHttpUser):
        @task
        def hang(self):
            self.client.get("/hang", name="fast")

    class HangingSlow(HttpUser):
        @task
        def hang(self):
            self.client.get("/hang", name="slow")

    class Broken(FastHttpUser):
        def on_start(self):
            raise RuntimeError("no such account")

        @task
        def never(self):
            self.client.get("/never")

    class Clumsy(FastHttpUser):
        @task
        def stumble(self):
            self.client.get("/ok")
            {}["missing"]

    class Ignored(LoadTestShape):
        def tick(self):
            return None
"""


async def test_users_in_trouble(
    run: Run, server: Server, locustfile: WriteLocustfile, tmp_path: Path
) -> None:
    file = locustfile(IN_TROUBLE)
    seconds = await run(2, locustfile=file, host=server.host, rate="200/s", request_timeout="300 ms")
    requests = seconds[2].requests
    assert set(requests) == {"fast", "slow", "on_start", "/ok"}
    for name in ("fast", "slow"):  # a time limit ends what hangs
        assert requests[name].errors == {"timeout": requests[name].total}
        assert decode(requests[name].latency).get_min_value() >= 200_000
    # A user that cannot be made fails its arrival, which does not vanish.
    assert requests["on_start"].errors == {"RuntimeError: no such account": requests["on_start"].failed}
    assert server.seen["/never"] == 0
    # What a task raises is told, and ends nobody.
    assert requests["/ok"].errors.keys() <= {"timeout"}, "an answer may be late on a busy machine"
    assert seconds[2].user_errors["KeyError: 'missing'"] == pytest.approx(requests["/ok"].total, abs=2)
    assert seconds[2].scheduled == about(200, 200, seconds)
    assert (tmp_path / "locust.log").stat().st_size < 20_000


@pytest.mark.slow
async def test_a_profile_over_two_processes(run: Run, server: Server) -> None:
    profile = [{"rate": "50/s", "for": "500 ms"}, {"rate": "50/s", "to": "150/s", "for": "1 s"}]
    seconds = await run(3, host=server.host, requests=[{"path": "/ok"}], profile=profile, processes=2)
    assert all(one.workers == one.workers_expected == 2 for one in seconds)
    assert seconds[3].scheduled == about(150, 150, seconds)
    assert sum(one.scheduled for one in seconds[:3]) <= 375
    assert server.seen["/ok"] - 20 <= sum(one.ratio().good for one in seconds) <= server.seen["/ok"]
