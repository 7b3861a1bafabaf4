"""Seatrial's actions and probes under a real `chaos run`, and found by `chaos discover`."""

import inspect
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from chaoslib.exceptions import ActivityFailed

import seatrial.chaostoolkit as functions
from seatrial.journal.entries import Applied
from seatrial.pack import load_packs
from seatrial.store import Store
from seatrial.targets import process as processes
from seatrial.toolkit import held_run

ROOT = Path(__file__).resolve().parents[2]
CHAOS = [sys.executable, "-m", "chaostoolkit", "--no-version-check"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs and locks of this test alone."""
    monkeypatch.setenv("SEATRIAL_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SEATRIAL_LOCKS", str(tmp_path / "locks"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sleeper() -> Iterator[int]:
    with subprocess.Popen(["sleep", "300"]) as process:
        yield process.pid
        process.kill()


def activity(kind: str, func: str, name: str | None = None, **arguments: Any) -> dict[str, Any]:
    provider = {"type": "python", "module": "seatrial.chaostoolkit", "func": func, "arguments": arguments}
    return {"type": kind, "name": name or func, "provider": provider}


def chaos(place: Path, method: list[Any], rollbacks: list[Any]) -> "subprocess.Popen[str]":
    experiment = {"title": "t", "description": "d", "method": method, "rollbacks": rollbacks}
    (place / "experiment.json").write_text(json.dumps(experiment))
    command = [*CHAOS, "run", "experiment.json"]
    return subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def await_true(look: Callable[[], object], what: str, within_s: float = 30.0) -> None:
    deadline, never = time.monotonic() + within_s, threading.Event()
    while not look():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        never.wait(0.05)


def is_stopped(pid: int) -> bool:
    return processes.state(pid) == "T"


def test_a_fault_a_reading_and_the_rollback(place: Path, sleeper: int) -> None:
    target = {"process": {"pid": sleeper}}
    method = [
        activity("action", "process_pause", targets=target, fault="grey failure"),
        activity("probe", "read_process", pid=sleeper, quantity="running"),
    ]
    with chaos(place, method, [activity("action", "undo", fault="grey failure")]) as process:
        said, _ = process.communicate(timeout=55)
    journal = json.loads((place / "journal.json").read_text())
    pause, read = journal["run"]
    (undo,) = journal["rollbacks"]
    label = f"pid {sleeper} (sleep 300)"
    assert pause["status"] == read["status"] == undo["status"] == "succeeded", said
    assert pause["output"]["hit"] == [label]
    assert read["output"] == 0
    assert undo["output"] == [{"fault": "process.pause", "target": label, "result": "restored"}]
    assert not is_stopped(sleeper)
    (run,) = Store(place / "runs").runs()
    assert run.id == pause["output"]["run"]
    assert run.journal().open_undos() == []


def test_a_fault_does_not_outlive_a_chaos_run_that_is_killed(place: Path, sleeper: int) -> None:
    method = [
        activity("action", "process_pause", targets={"process": {"pid": sleeper}}),
        {**activity("probe", "read_process", pid=sleeper), "pauses": {"before": 60}},
    ]
    with chaos(place, method, []) as process:
        await_true(lambda: is_stopped(sleeper), "the fault is on")
        process.kill()
    await_true(lambda: not is_stopped(sleeper), "the fault is gone")
    (run,) = Store(place / "runs").runs()
    runner = run.journal().started.runner.pid
    await_true(lambda: processes.start_ticks(runner) is None, "its own run has ended")
    assert run.ended() is not None


def test_it_ends_by_itself_and_undo_tells(place: Path, sleeper: int) -> None:
    told = functions.process_pause(targets={"process": {"pid": sleeper}}, at_most="600 ms")  # type: ignore[attr-defined]
    assert told["ends_within"] == "600 ms"
    await_true(lambda: not is_stopped(sleeper), "its time is over")
    for _ in range(2):
        (undone,) = functions.undo()
        assert undone["result"] == "restored"
    assert functions.undo("another") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"targets": {"process": {"pid": 4194304}}}, "the selector matches no process"),
        ({"targets": {"process": {}}}, "select processes by at least one of"),
        ({"targets": {"process": {"pid": 1}}}, "`pid` must be above 1"),
        ({"targets": {"host": {}}}, "cannot hit `host`"),
        ({"targets": {"process": {"pid": 4194304}}, "at_most": "long"}, "'long' is not a number with a unit"),
    ],
)
def test_what_cannot_be_injected_fails_and_leaves_nothing(
    place: Path, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(ActivityFailed, match=f"^process.pause: .*{said}"):
        functions.process_pause(**arguments)  # type: ignore[attr-defined]
    assert list(Store(place / "runs").runs()) == []


def test_nobody_waits_for_an_effect_that_cannot_be_looked_at(place: Path) -> None:
    lines = {"run": f"touch {place}/on", "undo": f"rm -f {place}/on"}
    command = activity("action", "command", targets={"host": {}}, fault="a file", **lines)
    with chaos(place, [command], [activity("action", "undo", fault="a file")]) as process:
        said, _ = process.communicate(timeout=55)
    (act,) = json.loads((place / "journal.json").read_text())["run"]
    assert act["status"] == "succeeded", said
    (run,) = Store(place / "runs").runs()
    (applied_s,) = (line.t_s for line in run.journal().lines if isinstance(line.entry, Applied))
    began = datetime.fromisoformat(run.journal().started.began_at)
    waited_s = (datetime.fromisoformat(act["end"]) - began).total_seconds() - applied_s
    assert waited_s < held_run.EFFECT_WITHIN_S
    assert not (place / "on").exists()


def test_secrets_are_not_kept(place: Path) -> None:
    word = "hush-7261"
    functions.command(  # type: ignore[attr-defined]
        targets={"host": {}},
        run=f"echo {word} > said",
        undo="rm -f said",
        verify="! test -e said",
        check="test -e said",
        secrets={"api-token": word},
    )
    assert (place / "said").read_text() == f"{word}\n"
    assert functions.undo()[0]["result"] == "restored"
    assert not (place / "said").exists()
    kept = b"".join(path.read_bytes() for path in (place / "runs").rglob("*") if path.is_file())
    assert word.encode() not in kept


def test_probes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert functions.read_tcp(address=address, quantity="open") is True  # type: ignore[attr-defined]
        assert set(functions.read_tcp(address=address)) == {"open", "latency"}  # type: ignore[attr-defined]
        with pytest.raises(ActivityFailed, match="there is no quantity 'opn': there is open, latency"):
            functions.read_tcp(address=address, quantity="opn")  # type: ignore[attr-defined]
    with pytest.raises(ActivityFailed, match=r"^tcp: address: Value error, 'x' is not an address"):
        functions.read_tcp(address="x")  # type: ignore[attr-defined]
    with pytest.raises(ActivityFailed):
        functions.read_openmetrics(url="http://127.0.0.1:1/metrics", gauge="up", after=0)  # type: ignore[attr-defined]


# --- what is found --------------------------------------------------------------------------------


def test_every_part_has_a_function_with_its_keys() -> None:
    pack = load_packs()
    for name, action in pack.actions.items():
        if name != "chaostoolkit":
            taken = inspect.signature(getattr(functions, name.replace(".", "_"))).parameters
            keys = {field.alias or key for key, field in action.model_fields.items()}
            assert set(taken) == keys | {"targets", "count", "at_most", "fault", "secrets"}
    for name, probe in pack.probes.items():
        if name not in ("load", "chaostoolkit"):
            taken = inspect.signature(getattr(functions, f"read_{name}")).parameters
            assert set(taken) == {*probe.model_fields, "quantity", "after"}
    assert inspect.signature(functions.command).parameters["timeout"].default == "20 s"  # type: ignore[attr-defined]


def test_chaos_validate_knows_the_arguments(place: Path, sleeper: int) -> None:
    wrong = activity("action", "process_pause", target={"process": {"pid": sleeper}})
    with chaos(place, [wrong], []) as process:
        said, _ = process.communicate(timeout=55)
    assert "required argument 'targets' is missing from activity 'process_pause'" in said


@pytest.fixture(scope="session")
def unpacked_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As pip would install it; the checkout, which is on a path of its own, has no list of its files."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def test_chaos_discover(place: Path, unpacked_wheel: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked_wheel)}
    command = [*CHAOS, "discover", "seatrial", "--no-install", "--discovery-path", "found.json"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((place / "found.json").read_text())
    assert found["extension"]["name"] == "seatrial"
    activities = {one["name"]: one for one in found["activities"]}
    pause, http = activities["process_pause"], activities["read_http"]
    assert (pause["type"], http["type"], activities["undo"]["type"]) == ("action", "probe", "action")
    assert {"name": "targets", "type": "mapping"} in pause["arguments"]
    assert {"name": "timeout", "default": "1 s", "type": "string"} in http["arguments"]
    assert pause["mod"] == "seatrial.chaostoolkit"
    assert pause["doc"].startswith("Stops a process with SIGSTOP")


@pytest.mark.slow
def test_a_fault_ends_where_its_holder_is_asked_to(place: Path, sleeper: int) -> None:
    functions.process_pause(targets={"process": {"pid": sleeper}})  # type: ignore[attr-defined]
    (run,) = Store(place / "runs").runs()
    os.kill(run.journal().started.runner.pid, signal.SIGTERM)
    await_true(lambda: not is_stopped(sleeper), "the fault is gone")
    assert functions.undo()[0]["result"] == "restored"
