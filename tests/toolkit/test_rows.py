"""Activities with nothing between them: the worker goes on by itself, and all that it did is written down."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from seatrial.crew.channel import Channel
from seatrial.testing.live_run import LiveRun
from tests.toolkit.experiments import Document, experiment, probe, python, sh
from tests.toolkit.parity import DRIVERS

Live = Callable[..., LiveRun]
HOLDS = probe("holds", "copy:copy", 1, arguments={"x": 1})
MANY = 900


def give(value: object, **keys: Any) -> Document:
    return python(f"give {value}", "trial:give", arguments={"value": value}, **keys)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with ExitStack() as stack:

        def live(*method: Document, options: tuple[str, ...] = (), **keys: Any) -> LiveRun:
            environment = {"PYTHONPATH": str(DRIVERS), "TRIAL_LOG": str(tmp_path / "log")}
            file = experiment([*method], probes=[HOLDS], **keys)
            return stack.enter_context(
                LiveRun(tmp_path / "live", file, options=options, environment=environment)
            )

        yield live


def queued(run: LiveRun) -> list[tuple[int, int]]:
    return [(entry["first"], entry["count"]) for entry in run.entries("queued")]


def statuses(run: LiveRun) -> list[str]:
    return [entry["run"]["status"] for entry in run.entries("performed") if entry["section"] == "method"]


def done(folder: Path) -> list[str]:
    return (folder / "log").read_text().splitlines()


def test_each_is_told_in_its_turn(live: Live, tmp_path: Path) -> None:
    run = live(give(0), give(1), sh("fails", "exit 1"), python("fail", "trial:fail"), give(4))
    assert run.exit_code() == 4, run.said  # an action failed
    assert queued(run) == [(0, 5)]
    told = [
        (entry["kind"], entry.get("index", entry.get("id")))
        for entry in run.entries()
        if entry.get("section", "method") == "method"
        and entry["kind"] in ("performing", "performed", "applied", "apply_failed")
    ]
    ends = ["applied", "applied", "applied", "apply_failed", "applied"]
    assert told == [
        one for n, end in enumerate(ends) for one in (("performing", n), ("performed", n), (end, f"f{n}.t0"))
    ]
    assert statuses(run) == ["succeeded", "succeeded", "succeeded", "failed", "succeeded"]
    assert done(tmp_path) == ["give 0", "give 1", "fail as asked", "give 4"]
    said = run.said
    assert said.index("method: give 0") < said.index("injected `give 0`") < said.index("method: give 1")


@pytest.mark.parametrize(
    ("odd", "options"),
    [
        (give(2, pauses={"before": 0.01}), ()),
        (give(2, pauses={"after": 0.01}), ()),
        (give(2, timeout=5), ()),
        (give(2, background=True), ()),
        (sh("limited", "true", provider={"timeout": 5}), ()),
    ],
    ids=["pause before", "pause after", "deadline", "background", "limit of its provider"],
)
def test_what_has_something_beside_it_is_in_no_row(
    odd: Document, options: tuple[str, ...], live: Live
) -> None:
    run = live(give(0), give(1), odd, give(3), give(4), options=options)
    assert run.exit_code() == 0, run.said
    assert queued(run) == [(0, 2), (3, 2)]
    assert sorted(statuses(run)) == ["succeeded"] * 5


@pytest.mark.parametrize("keys", [{"dry": "actions"}, {"controls": [{}]}], ids=["dry", "controls"])
def test_there_are_no_rows_where_somebody_looks_on(keys: dict[str, Any], live: Live) -> None:
    control = {
        "name": "c",
        "provider": {"type": "python", "module": "trial_control", "arguments": {"tag": "t"}},
    }
    given = {"controls": [control]} if "controls" in keys else {}
    options = ("--dry", keys["dry"]) if "dry" in keys else ()
    run = live(give(0), give(1), give(2), options=options, **given)
    run.exit_code()
    assert queued(run) == []
    assert statuses(run) == ["succeeded"] * 3


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        (python("ends", "sys:exit"), "aborted"),
        (python("ends", "os:_exit", arguments={"status": 3}), "failed"),
    ],
    ids=["asks for the end", "ends its process"],
)
def test_one_that_ends_the_run_is_the_last(ends: Document, status: str, live: Live, tmp_path: Path) -> None:
    run = live(give(0), ends, give(2), give(3))
    assert run.exit_code() == 4, run.said
    assert statuses(run) == ["succeeded", status]
    assert done(tmp_path) == ["give 0"]
    assert [entry["why"] for entry in run.entries("stopped")] == ["environment"]


def test_a_run_that_is_stopped_within_a_row(live: Live, tmp_path: Path) -> None:
    run = live(give(0), give(1), python("nap", "trial:nap", arguments={"secs": 60}), give(3))
    run.await_entry("performing", nth=4)  # the hypothesis is the first
    run.process.send_signal(signal.SIGINT)
    assert run.exit_code() == 130, run.said
    assert statuses(run) == ["succeeded", "succeeded", "aborted"]
    assert [entry["id"] for entry in run.entries("apply_failed")] == ["f2.t0"]
    assert done(tmp_path) in (["give 0", "give 1"], ["give 0", "give 1", "nap 60"])  # it may just have begun


@pytest.mark.parametrize("after", [1, 100, 600])
def test_whatever_was_done_when_it_was_stopped_is_in_the_journal(
    after: int, live: Live, tmp_path: Path
) -> None:
    run = live(*map(give, range(MANY)))
    run.await_entry("performed", nth=after + 1)
    run.process.send_signal(signal.SIGINT)
    run.exit_code()
    succeeded, begun = statuses(run).count("succeeded"), len(done(tmp_path))
    assert after <= succeeded <= MANY
    assert succeeded <= begun <= succeeded + 1  # one may have been cut short


def test_what_a_killed_process_had_written_is_still_heard() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"one\ntwo\nhalf")
    channel = Channel(ours, 100)
    assert list(channel.rest()) == [b"one", b"two"]
    channel.close()
