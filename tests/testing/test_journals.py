from pathlib import Path

import pytest

from seatrial.journal.reader import read_journal
from seatrial.record import record_of
from seatrial.testing.journals import Story, make_journal
from seatrial.verdict.verdict import Outcome

OUTCOMES = {
    Story.PASSED: Outcome.PASSED,
    Story.FAILED: Outcome.FAILED,
    Story.GUARD: Outcome.FAILED,
    Story.BLIND: Outcome.INCONCLUSIVE,
    Story.NO_BASELINE: Outcome.INCONCLUSIVE,
    Story.UNDO_INCOMPLETE: Outcome.UNDO_INCOMPLETE,
    Story.INTERRUPTED: Outcome.INTERRUPTED,
    Story.DIED: Outcome.INCONCLUSIVE,
}


@pytest.mark.parametrize("story", Story)
def test_a_story_leads_to_its_outcome(story: Story, tmp_path: Path) -> None:
    record = record_of(read_journal(make_journal(tmp_path, minutes=1, slis=5, outcome=story)))
    assert record.verdict.outcome is OUTCOMES[story]
    assert bool(record.hit) is (story is not Story.NO_BASELINE)
    assert record.torn_bytes == 0


def test_the_same_seed_makes_the_same_journal(tmp_path: Path) -> None:
    texts = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        texts.append(make_journal(tmp_path / name, minutes=0.2, slis=3, seed=seed).read_bytes())
    assert texts[0] == texts[1] != texts[2]


def test_as_many_slis_and_seconds_as_asked(tmp_path: Path) -> None:
    record = record_of(read_journal(make_journal(tmp_path, minutes=0.2, slis=13)))
    assert len(record.slis) == 13
    assert len({series.spec.name for series in record.slis}) == 13
    assert len(record.load) in (11, 12)
