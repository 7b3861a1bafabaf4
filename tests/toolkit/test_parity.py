"""Activities, order, outputs, tolerances and verdict are those of `chaos run`; each difference has a name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.toolkit.differences import DIFFERENCES
from tests.toolkit.cases import CASES, SAMPLE, Case
from tests.toolkit.parity import CHAOS, ENDS_CHAOS, FIELDS, SEATRIAL, Seen, differing, lacking, run, server

_BESIDE = ("background", "during", "continuously")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as url:
        yield url


def _cases() -> Iterator[Any]:
    for case in CASES:
        yield pytest.param(case, id=case.name, marks=() if case.name in SAMPLE else pytest.mark.slow)


@pytest.mark.parametrize("case", list(_cases()))
def test_the_same_as_chaos_run(case: Case, tmp_path: Path, url: str) -> None:
    theirs = run(case, CHAOS, tmp_path / "theirs", url)
    ours = run(case, SEATRIAL, tmp_path / "ours", url)
    assert ours.told == case.unlike, ours.said
    assert ours.facts is not None, ours.said
    _compare(case, theirs, ours)


def _compare(case: Case, theirs: Seen, ours: Seen) -> None:
    in_order = not any(word in case.name for word in _BESIDE)
    unlike = differing(theirs, ours, in_order=in_order)
    if case.unlike & ENDS_CHAOS and theirs.facts is None:
        assert theirs.code == 1
        assert ours.code in (0, 4), ours.said
        return
    allowed = {field for name in case.unlike for field in FIELDS.get(name, ())}
    assert unlike <= allowed, (unlike, theirs.facts, ours.facts, theirs.log, ours.log, theirs.said, ours.said)
    if not case.unlike:
        assert theirs.code == ours.code, theirs.said + ours.said
        if in_order:
            assert list(lacking(theirs.journal, ours.journal)) == []
    else:
        assert ours.code in (1, 4, 5) or "undo-derived" in case.unlike, ours.said


def test_there_are_enough_of_them_and_names_are_their_own() -> None:
    assert len(CASES) >= 80
    assert len({case.name for case in CASES}) == len(CASES)
    assert len(SAMPLE) >= 8
    assert {name for case in CASES for name in case.unlike} <= set(DIFFERENCES)
