"""The kit's other process, when the test that waits for it is cut short."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.crew.verbs import IsUndone
from seatrial.pack import load_packs
from seatrial.targets.target import EndpointTarget
from seatrial.testing.conformance.stage import Stage
from seatrial.testing.conformance.understudy import DieAfter, Play, Understudy

PACK = Path(__file__).parents[1] / "packs/testing"


class OutOfTime(Exception):
    """What the test's own limit raises, wherever it is."""


def raised(*_: object) -> None:
    raise OutOfTime


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Of an action that takes its time."""
    arguments = {"folder": str(tmp_path), "apply_takes": "1 s"}
    action = load_packs(PACK).actions["testing.marker"].model_validate(arguments)
    understudy = Understudy((PACK,))
    yield Stage(action, EndpointTarget(host="127.0.0.1", port=1), understudy)
    understudy.close()


def test_who_comes_after_a_test_that_ran_out_of_time_hears_of_its_own_order(stage: Stage) -> None:
    record = stage.record(stage.prepare())
    before = signal.signal(signal.SIGUSR1, raised)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        with pytest.raises(OutOfTime):
            stage.understudy.tell(DieAfter(undo=record, seconds=None))
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
    (seen,) = stage.understudy.tell(Play(request=IsUndone(undo=record))).answers
    assert seen.value is False, "apply was at it still, or is not over"
