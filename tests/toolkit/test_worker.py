"""Activities in workers: outcomes typed, timeouts kept, what hangs killed with all it started."""

import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from pydantic import JsonValue

from seatrial.targets import process
from seatrial.toolkit.activity import LONGEST_S, Activity, activity_of, python_activity
from seatrial.toolkit.outcome import Status, run_here
from seatrial.toolkit.worker import Workers, open_workers

pytestmark = pytest.mark.anyio


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    async with open_workers(["json"]) as workers:
        yield workers


def activity(**keys: object) -> Activity:
    return activity_of({"type": "probe", "name": "it", **keys})


def of_process(path: str, arguments: object, **keys: object) -> Activity:
    return activity(provider={"type": "process", "path": path, "arguments": arguments, **keys})


async def test_what_a_function_returns_comes_back_with_its_type(workers: Workers) -> None:
    given: dict[str, JsonValue] = {"a": [1, 2.5, None, True], "b": "text"}
    outcome = await workers.run(python_activity("copy", "copy", {"x": given}))
    assert outcome.status is Status.SUCCEEDED
    assert outcome.output == given


async def test_configuration_and_secrets_are_put_in(workers: Workers) -> None:
    wanted = python_activity("copy", "copy", {"x": ["${port}", "at ${host}", "${token}", "${other}"]})
    outcome = await workers.run(wanted, {"port": 80, "host": "here"}, {"group": {"token": "s3cret"}})
    assert outcome.output == [80, "at here", "s3cret", "${other}"]


@pytest.mark.parametrize(
    ("wanted", "status", "reason"),
    [
        (
            python_activity("os", "listdir", {"path": "/there is no such folder"}),
            Status.FAILED,
            "No such file",
        ),
        (of_process("there-is-no-such-program", []), Status.RAISED, "TypeError"),
        (python_activity("sys", "exit", {}), Status.INTERRUPTED, "SystemExit"),
        (python_activity("os", "_exit", {"status": 3}), Status.DIED, "died"),
    ],
)
async def test_each_failure_is_told(workers: Workers, wanted: Activity, status: Status, reason: str) -> None:
    outcome = await workers.run(wanted)
    assert outcome.status is status
    assert reason in outcome.reason
    assert (await workers.run(python_activity("copy", "copy", {"x": 1}))).output == 1


@pytest.mark.parametrize(
    ("tolerance", "output", "met"),
    [
        (0.5, 0.5, True),
        (0.5, 0.6, False),
        (200, {"status": 200}, True),
        ([1, 3], 2.5, True),
        ({"type": "regex", "pattern": "^a"}, "abc", True),
        ({"type": "range", "range": [0, 1]}, None, None),
        (True, True, True),
    ],
)
async def test_tolerances(workers: Workers, tolerance: object, output: object, met: bool | None) -> None:
    provider = {"type": "python", "module": "copy", "func": "copy", "arguments": {"x": output}}
    outcome = await workers.run(activity(provider=provider, tolerance=tolerance), judge=True)
    assert outcome.tolerance_met is met
    assert bool(outcome.reason) == (met is None)


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "chaoslib's"])
async def test_a_timeout_ends_all_that_was_started(workers: Workers, tmp_path: Path, ours: bool) -> None:
    script = f"set -m; sleep 60 & echo $! > {tmp_path}/pid; wait"
    outcome = await workers.run(
        of_process("sh", ["-c", script]) if ours else of_process("sh", ["-c", script], timeout=0.2),
        timeout_s=0.2 if ours else None,
    )
    assert outcome.status is (Status.TIMEOUT if ours else Status.FAILED)
    assert process.wait_until_gone(int((tmp_path / "pid").read_text()), 2)


async def test_one_that_is_cancelled_is_killed(workers: Workers, tmp_path: Path) -> None:
    script = f"echo $$ > {tmp_path}/pid; exec sleep 60"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(workers.run, of_process("sh", ["-c", script]))
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():  # noqa: ASYNC110
            await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    assert process.wait_until_gone(int((tmp_path / "pid").read_text()), 2)


async def test_modules_are_imported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_driver.py").write_text(
        "import os\nwith open(os.environ['SEEN'], 'a') as file:\n    file.write('x')\n"
        "def pid():\n    return os.getpid()\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    async with open_workers(["slow_driver", "there_is_no_such_driver"]) as workers:
        pids = {(await workers.run(python_activity("slow_driver", "pid"))).output for _ in range(3)}
    assert (tmp_path / "seen").read_text() == "x"
    assert len(pids) == 1
    assert os.getpid() not in pids


async def test_the_driver_of_prometheus_does_without_its_undeclared_dependency(workers: Workers) -> None:
    asked = python_activity("importlib", "import_module", {"name": "chaosprometheus.probes"})
    assert (await workers.run(asked)).succeeded


def test_one_in_this_process() -> None:
    assert run_here(python_activity("copy", "copy", {"x": "here"})).output == "here"


async def test_one_that_is_killed_as_soon_as_it_was_forked_does_nothing_any_more(
    workers: Workers, tmp_path: Path
) -> None:
    request = {"verb": "run", "activity": of_process("touch", [str(tmp_path / "it")]).document}
    line = json.dumps({**request, "configuration": {}, "secrets": {}, "judge": False}).encode()
    for _ in range(20):
        worker = await workers.fork()
        await worker.hand.channel.send(line)
        worker.kill()
        assert process.wait_until_gone(worker.hand.pid, 2)


@pytest.mark.parametrize(
    ("provider", "deadline_s"),
    [
        ({"timeout": 2, "max_retries": 1}, 4.5),
        ({"timeout": [1, 2]}, 3.5),
        ({"timeout": "${x}"}, None),
        ({"timeout": 1.7e308, "max_retries": 5}, LONGEST_S),
        ({"timeout": 1, "max_retries": 10**400}, LONGEST_S),
    ],
    ids=["a number", "a pair", "a name", "no number", "no tries"],
)
def test_a_deadline_is_a_number_that_can_be_waited_for(
    provider: dict[str, object], deadline_s: float | None
) -> None:
    made = activity(provider={"type": "http", "url": "http://127.0.0.1:1", **provider})
    assert made.deadline_s() == deadline_s
