"""Ctrl-C, SIGTERM and SIGHUP in every phase: everything is undone, the journal is whole, exit 130."""

import itertools
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.testing.recording_action import calls, marks
from seatrial.testing.strikes import Step, kill_at
from tests.run.conftest import TARGETS, Start

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOMENTS = {
    "preflight": Step("run_started", when="after"),
    "baseline": Step("phase_started", 2, when="after"),
    "intended": Step("intended", when="after"),
    "between-stages": Step("stage_started", 2),
    "undo": Step("undo_started", when="after"),
    "recovery": Step("phase_started", 5, when="after"),
    "end": Step("run_ended", when="after"),
}


def _cases() -> Iterator[Any]:
    """Every signal at every moment; by default each moment with one of them."""
    for (number, moment), sent in itertools.product(enumerate(MOMENTS), SIGNALS):
        marks = () if sent is SIGNALS[number % 3] else pytest.mark.slow
        yield pytest.param(moment, sent, id=f"{sent.name}-{moment}", marks=marks)


@pytest.mark.parametrize(("moment", "sent"), list(_cases()))
def test_a_signal(start: Start, folder: Path, moment: str, sent: signal.Signals) -> None:
    strike = kill_at(MOMENTS[moment], ["runner"], sent)
    live = start({"undo_takes": "200 ms"}, addresses=TARGETS, stages=[1, 2], live={"strike": strike})
    assert live.exit_code() == (0 if moment == "end" else 130), live.said
    live.await_over()
    assert marks(folder) == {}
    assert live.run.journal().is_over
    assert (live.run.folder / "report.html").exists()
    if moment in ("preflight", "baseline"):
        assert calls(folder) == []


def test_a_signal_while_an_apply_blocks_for_minutes(start: Start, folder: Path) -> None:
    live = start({"hang": True}, hold_s=55)
    live.await_entry("intended")
    while not calls(folder):
        pass
    live.process.send_signal(signal.SIGINT)
    assert live.exit_code(45) == 130, live.said
    live.await_over()
    assert marks(folder) == {}
    (stopped,), (undone,) = live.entries("stopped"), live.entries("undone")
    assert undone["t_s"] - stopped["t_s"] < 1


def test_a_storm_of_signals_loses_nothing(start: Start, folder: Path) -> None:
    live = start({"undo_takes": "1 s"}, hold_s=55)
    live.await_entry("applied")
    live.process.send_signal(signal.SIGINT)
    live.await_entry("undo_started")
    for _ in range(100):
        for number in SIGNALS:
            live.process.send_signal(number)
    assert live.exit_code(45) == 130, live.said
    live.await_over()
    assert marks(folder) == {}
    assert live.run.journal().is_over
    assert "still undoing: this is not skipped" in live.said
