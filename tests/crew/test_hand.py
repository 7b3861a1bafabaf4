"""A hand answers whatever an action does, as long as its process lives."""

from pathlib import Path

import numpy as np
import pytest

from seatrial.crew.hand import answer
from seatrial.crew.verbs import Answer, Failure, IsUndone
from seatrial.journal.entries import Undo
from seatrial.pack import Pack, load_packs
from seatrial.targets.target import EndpointTarget
from seatrial.testing.recording_action import RecordingAction


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_packs(Path(__file__).resolve().parents[1] / "packs/testing")


def _asked(folder: Path, pack: Pack) -> Answer:
    undo = Undo(
        id="f0.t0",
        action="testing.marker",
        arguments={"folder": str(folder)},
        target=EndpointTarget(host="127.0.0.1", port=1),
        state={"path": str(folder / "0.mark"), "token": "x"},
    )
    return answer(IsUndone(undo=undo).model_dump_json().encode(), pack)


def test_an_answer_that_nobody_can_be_told_is_a_failure_in_words(
    tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RecordingAction, "is_undone", lambda *_: object())
    told = _asked(tmp_path, pack)
    assert told.failure is Failure.FATAL
    assert "nothing that can be written down" in told.reason


def test_a_flag_of_numpy_is_a_flag(tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecordingAction, "is_undone", lambda *_: np.bool_(True))
    assert Answer.model_validate_json(_asked(tmp_path, pack).model_dump_json()).value is True
