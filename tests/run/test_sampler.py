"""SLIs of the load are read by anyone's code too: nothing of it may make a journal unreadable."""

from pathlib import Path
from typing import cast

import pytest
from pydantic import JsonValue

from seatrial.journal.reader import read_journal
from seatrial.journal.tick import Tick
from seatrial.journal.writer import JournalWriter
from seatrial.load.second import LoadSecond
from seatrial.reading import Ratio, Reading, Unknown
from seatrial.run.sampler import Sampler
from tests.run.runs import written


def _half(second: LoadSecond) -> Reading:
    return Ratio(good=cast("int", second.users / 2), total=second.users)


def _fails(second: LoadSecond) -> Reading:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("of", "seen"), [(_half, Ratio(good=5, total=10)), (_fails, "ZeroDivisionError")], ids=["floats", "fails"]
)
def test_a_reading_of_the_load_can_be_read_again(
    of: object, seen: Ratio | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load: JsonValue = {"host": "http://127.0.0.1:1", "users": 1, "requests": [{"path": "/"}]}
    slis: JsonValue = {"availability": {"load": "success_ratio", "objective": ">= 99%"}}
    file = written(tmp_path, {"title": "t", "hypothesis": "h", "load": load, "slis": slis})
    experiment = file.experiment
    monkeypatch.setattr(type(experiment.slis["availability"].probe), "of", lambda _, second: of(second))  # type: ignore[operator]
    path, heard = tmp_path / "journal.jsonl", []
    journal = JournalWriter.create(path)
    sampler = Sampler(experiment, {}, journal, lambda _, point: heard.append(point.reading))
    sampler.take_load(LoadSecond(second_unix=0, users=10), 1.0)
    journal.close()
    (tick,) = read_journal(path).all(Tick)
    reading = tick.readings["availability"]
    assert heard == [reading]
    if isinstance(seen, str):
        assert isinstance(reading, Unknown)
        assert seen in reading.reason
    else:
        assert reading == seen
