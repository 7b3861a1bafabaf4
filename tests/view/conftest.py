from collections.abc import Callable
from functools import cache

import pytest

from seatrial.journal.reader import read_journal
from seatrial.record import RunRecord, record_of
from seatrial.testing.journals import Story, make_journal


@pytest.fixture(scope="session")
def run_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Story], RunRecord]:
    """`run_of(Story.FAILED)`: the record of a made-up run of half a minute with five SLIs."""

    @cache
    def make(story: Story) -> RunRecord:
        path = make_journal(tmp_path_factory.mktemp("run"), minutes=0.5, slis=5, outcome=story, per_s=20)
        return record_of(read_journal(path))

    return make
