"""What the verbs promise, one after another in one process."""

import contextlib
import threading
import time
from typing import Any

import pytest

from seatrial.action import Action
from seatrial.errors import FaultError, ForeignChange
from seatrial.journal.entries import Undo
from seatrial.model.docs import field_docs
from seatrial.testing.conformance.base import Base, assert_same, assert_undone, reversible
from seatrial.testing.conformance.stage import Stage, as_json


class Verbs(Base):
    """prepare, apply, undo, is_undone, and the looks beside them."""

    def test_it_is_documented(self, action: Action[Any, Any]) -> None:
        cls = type(action)
        assert vars(cls).get("__doc__"), "its docstring is its documentation, and it has none"
        bare = [name for name in cls.model_fields if name not in field_docs(cls)]
        assert not bare, f"put a docstring under each key: {', '.join(bare)}"
        assert action.describe_undo().strip() not in ("", "undo"), (
            "say in undo's docstring, or `undo_in_words`, what it does"
        )

    def test_it_survives_json(self, action: Action[Any, Any], stage: Stage) -> None:
        record = stage.record(stage.prepare())
        assert Undo.model_validate_json(record.model_dump_json(by_alias=True)) == record
        assert type(action).model_validate(record.arguments) == action, "arguments do not survive JSON"
        state = type(action).state_model().model_validate(record.state)
        assert as_json(state) == record.state, "the state does not survive JSON"

    def test_prepare_changes_nothing(self, stage: Stage) -> None:
        before = self.snapshot(stage.target)
        state = stage.prepare()
        assert_same(before, self.snapshot(stage.target), "prepare")
        assert_undone(stage, state)
        assert stage.has_effect(state) is not True, "has_effect is True before apply"

    def test_apply_has_effect(self, stage: Stage) -> None:
        before = self.snapshot(stage.target)
        began = time.monotonic()
        state = stage.applied()
        took_s = time.monotonic() - began
        while stage.has_effect(state) is False:
            waited_s = time.monotonic() - began - took_s
            assert waited_s < stage.action.effect_within_s, "has_effect is False after apply"
            threading.Event().wait(0.05)
        if before is not None:
            assert self.snapshot(stage.target) != before, "the world is as it was: apply did nothing"
        assert not stage.action.is_undone(stage.target, state), "is_undone is True while the fault is there"
        allowed_s = stage.action.timeout_s
        assert took_s < allowed_s, f"apply took {took_s:.1f} s, and would be killed after {allowed_s:g} s"

    def test_undo_after_apply(self, stage: Stage) -> None:
        reversible(stage)
        before = self.snapshot(stage.target)
        stage.undo_until_done(state := stage.applied())
        assert_undone(stage, state)
        assert_same(before, self.snapshot(stage.target), "undo")

    def test_undo_without_apply(self, stage: Stage) -> None:
        before = self.snapshot(stage.target)
        stage.undo_until_done(state := stage.prepare())
        assert_undone(stage, state)
        assert_same(before, self.snapshot(stage.target), "an undo of what was never applied")

    def test_undo_twice(self, stage: Stage) -> None:
        reversible(stage)
        before = self.snapshot(stage.target)
        state = stage.applied()
        for _ in range(2):
            stage.undo_until_done(state)
            assert_undone(stage, state)
            assert_same(before, self.snapshot(stage.target), "undo")

    def test_it_can_be_done_again(self, stage: Stage) -> None:
        reversible(stage)
        before = self.snapshot(stage.target)
        for _ in range(2):
            stage.undo_until_done(stage.applied())
        assert_same(before, self.snapshot(stage.target), "two faults, one after the other")

    def test_a_foreign_change_is_respected(self, stage: Stage) -> None:
        reversible(stage)
        if not self.overridden("foreign_change"):
            pytest.skip("the test class does not say what a foreign change would be")
        state = stage.applied()
        self.foreign_change(stage.target, state)
        theirs = self.theirs(stage.target)
        assert theirs is not None, "give a `snapshot`: without it nobody sees what undo does to the change"
        with contextlib.suppress(ForeignChange):
            stage.undo_until_done(state)
        assert_same(theirs, self.theirs(stage.target), "an undo that had to leave it to somebody else")

    def test_a_target_that_went_before_apply(self, stage: Stage) -> None:
        state = stage.prepare()
        self._remove(stage)
        try:
            stage.action.apply(stage.target, state)
        except FaultError:
            return
        assert not stage.has_effect(state), "apply reported success on a target that had gone"

    def test_a_target_that_went_under_the_fault(self, stage: Stage) -> None:
        reversible(stage)
        state = stage.applied()
        self._remove(stage)
        stage.undo_until_done(state)
        assert_undone(stage, state)

    def test_a_kill_is_undone_by_the_supervisor(self, stage: Stage) -> None:
        if not stage.action.cannot_be_undone:
            pytest.skip("it is undone by its undo")
        state = stage.applied()
        stage.action.undo(stage.target, state)
        assert not stage.action.is_undone(stage.target, state), (
            "nobody has brought it back, yet is_undone is True"
        )
        if not self.overridden("recover"):
            pytest.skip("the test class does not say how the target comes back")
        self.recover(stage.target)
        assert stage.action.is_undone(stage.target, state), "it was brought back, yet is_undone is False"

    def _remove(self, stage: Stage) -> None:
        try:
            self.remove(stage.target)
        except NotImplementedError:
            pytest.skip("the test class does not say how such a target goes away")
