"""What holds when the process that acts dies in the middle, and another one undoes."""

import random
import threading
from typing import ClassVar

from seatrial.crew.verbs import Answer, Failure, IsUndone, TakeBack
from seatrial.journal.entries import Undo
from seatrial.testing.conformance.base import Base, assert_same, assert_undone, reversible
from seatrial.testing.conformance.stage import TRIES_MAX, Stage
from seatrial.testing.conformance.understudy import DieAfter, DieAtLine, Play, PlayAtOnce

LINES_MAX = 200


class Deaths(Base):
    """Undo from the journal's record alone, in other processes, after any death."""

    moments: ClassVar[int] = 8
    """How many random moments of apply are died at."""
    seed: ClassVar[int] = 20
    """For these moments."""

    def test_undo_in_another_process_from_json_alone(self, stage: Stage) -> None:
        reversible(stage)
        before = self.snapshot(stage.target)
        state = stage.applied()
        record = stage.record(state)
        for _ in range(2):
            _assert_no_failure(_taken_back(stage, record))
        (seen,) = stage.understudy.tell(Play(request=IsUndone(undo=record))).answers
        assert seen.value is True, f"the other process undid it, but is_undone there says {seen.value}"
        assert_undone(stage, state)
        assert_same(before, self.snapshot(stage.target), "an undo in another process")

    def test_undo_at_once_in_several_processes(self, stage: Stage) -> None:
        reversible(stage)
        before = self.snapshot(stage.target)
        state = stage.applied()
        for said in stage.understudy.tell(PlayAtOnce(undo=stage.record(state), times=3)).answers:
            _assert_no_failure(said)
        stage.undo_until_done(state)
        assert_same(before, self.snapshot(stage.target), "three undos at once")

    def test_undo_after_death_at_any_line_of_apply(self, stage: Stage) -> None:
        reversible(stage)
        before = self.snapshot(stage.target)
        for line in range(1, LINES_MAX):
            state = stage.prepare()
            told = stage.understudy.tell(DieAtLine(undo=stage.record(state), line=line))
            stage.undo_until_done(state)
            assert_undone(stage, state)
            assert_same(before, self.snapshot(stage.target), f"a death before line {line} of apply, and undo")
            if told.finished:
                break
        assert line > 1, "apply ran no line of its own"

    def test_undo_after_death_at_random_moments_of_apply(self, stage: Stage) -> None:
        reversible(stage)
        before = self.snapshot(stage.target)
        chance = random.Random(self.seed)
        longest_s: float | None = None  # the first apply is let finish, to see how long it takes
        for _ in range(1 + self.moments):
            after_s = None if longest_s is None else chance.uniform(0, longest_s)
            state = stage.prepare()
            told = stage.understudy.tell(DieAfter(undo=stage.record(state), seconds=after_s))
            longest_s = told.took_s if longest_s is None else longest_s
            stage.undo_until_done(state)
            assert_undone(stage, state)
            died = "no death" if after_s is None else f"a death {after_s * 1000:.2f} ms into apply"
            assert_same(before, self.snapshot(stage.target), f"{died}, and undo")


def _taken_back(stage: Stage, record: Undo) -> Answer:
    """As the runner has it done there: again while it says Retryable, for others may have to see it first."""
    for _ in range(TRIES_MAX):
        (said,) = stage.understudy.tell(Play(request=TakeBack(undo=record))).answers
        if said.failure is not Failure.RETRYABLE:
            break
        threading.Event().wait(0.1)
    return said


def _assert_no_failure(said: Answer) -> None:
    """A retry is allowed, for somebody else may be at it."""
    assert said.failure in (None, Failure.RETRYABLE), f"undo failed there: {said.failure}: {said.reason}"
