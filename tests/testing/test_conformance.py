"""The conformance kit finds every broken promise, and lets a sound action pass."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import Fatal
from seatrial.targets.target import EndpointTarget
from seatrial.testing import ActionConformance
from seatrial.testing.conformance import Stage
from seatrial.testing.conformance.understudy import Understudy
from seatrial.testing.recording_action import marks

BROKEN = Path(__file__).parents[1] / "packs/broken"
TARGET = EndpointTarget(host="127.0.0.1", port=1)


class Kit(ActionConformance):
    """Not collected: each test is called by hand."""

    packs = (BROKEN,)
    moments = 2
    folder: Path

    def snapshot(self, target: Any) -> object:
        return marks(self.folder)

    def foreign_change(self, target: Any, state: Any) -> None:
        state.path.write_text("mine now")


@pytest.fixture(scope="module")
def understudy() -> Iterator[Understudy]:
    understudy = Understudy((BROKEN,))
    yield understudy
    understudy.close()


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    kit = Kit()
    kit.folder = tmp_path
    return kit


FOUND = [
    ("prepare-acts", "test_prepare_changes_nothing", "the world is not as it was after prepare:"),
    (
        "undo-does-nothing",
        "test_undo_after_apply",
        "did not get there in 20 tries",
    ),
    ("undo-lies", "test_apply_has_effect", "is_undone is True while the fault is there"),
    ("undo-lies", "test_undo_after_apply", "is_undone and has_effect are both True"),
    ("undo-once", "test_undo_without_apply", "No such file"),
    ("undo-once", "test_undo_twice", "No such file"),
    ("undo-once", "test_undo_at_once_in_several_processes", "No such file"),
    (
        "name-chosen-late",
        "test_undo_after_death_at_any_line_of_apply",
        "a death before line 3 of apply",
    ),
    ("needs-memory", "test_undo_in_another_process_from_json_alone", "but is_undone there says False"),
    ("needs-memory", "test_undo_after_death_at_random_moments_of_apply", "is_undone is False"),
    ("takes-what-is-not-its", "test_a_foreign_change_is_respected", "had to leave it to somebody else"),
    ("undescribed", "test_it_is_documented", "its docstring is its documentation"),
]


def play(kit: Kit, name: str, test: str, understudy: Understudy, **arguments: Any) -> None:
    action = kit.make(name, folder=str(kit.folder), **arguments)
    stage = Stage(action, TARGET, understudy)
    arguments_of = {"test_it_is_documented": (action,), "test_it_survives_json": (action, stage)}
    getattr(kit, test)(*arguments_of.get(test, (stage,)))


@pytest.mark.parametrize(("name", "test", "said"), FOUND, ids=[f"{name}-{test}" for name, test, _ in FOUND])
def test_a_broken_promise_is_found(kit: Kit, understudy: Understudy, name: str, test: str, said: str) -> None:
    with pytest.raises((AssertionError, OSError)) as failure:
        play(kit, name, test, understudy)
    assert said in str(failure.value)


@pytest.mark.parametrize("test", sorted({test for _, test, _ in FOUND}))
def test_what_is_sound_passes(kit: Kit, understudy: Understudy, test: str) -> None:
    play(kit, "sound", test, understudy)
    assert marks(kit.folder) in ({}, dict.fromkeys(marks(kit.folder), "mine now")) or "effect" in test


def test_a_missing_key_is_described_too(kit: Kit, understudy: Understudy) -> None:
    action = kit.make("undescribed", folder=str(kit.folder))
    type(action).__doc__ = "It says something."
    with pytest.raises(AssertionError, match=r"^put a docstring under each key: key"):
        kit.test_it_is_documented(action)


def test_an_apply_without_effect_is_found(kit: Kit, understudy: Understudy) -> None:
    with pytest.raises(AssertionError, match="has_effect is False after apply"):
        play(kit, "sound", "test_apply_has_effect", understudy, no_effect=True)


def test_an_undo_that_needs_a_few_tries_passes(kit: Kit, understudy: Understudy) -> None:
    play(kit, "sound", "test_undo_after_apply", understudy, undo_fails=3)


def test_an_apply_that_breaks_is_not_hidden(kit: Kit, understudy: Understudy) -> None:
    with pytest.raises(Fatal, match="told to fail"):
        play(kit, "sound", "test_undo_after_apply", understudy, apply_fails=True)


def test_the_pack_around_a_test_file_is_found() -> None:
    class OfThisRepository(ActionConformance):
        pass

    assert OfThisRepository.pack_roots() == (Path(__file__).parents[2],)
    assert Kit.pack_roots() == (BROKEN,)
