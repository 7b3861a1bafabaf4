"""A strip of states along a run: was the objective met, missed, or could nobody say?"""

from collections.abc import Iterable
from enum import IntEnum
from itertools import groupby
from typing import Final, NamedTuple

COLUMNS: Final = 1000


class State(IntEnum):
    """Of one stretch of a strip; where several fall into one column, the highest is shown."""

    UNREAD = 0
    MET = 1
    UNKNOWN = 2
    MISSED = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Run(NamedTuple):
    """Neighbouring columns of one state; both numbers are per cent of the whole strip."""

    begin: float
    width: float
    state: State


def strip(states: Iterable[tuple[float, float, bool | None]], duration_s: float) -> list[Run]:
    """Runs out of (begin, end, met) of each reading; what was never read is left out."""
    columns = [0] * COLUMNS  # of State, as plain numbers: there are thousands of readings
    per_s = COLUMNS / duration_s
    before_s = 0.0
    for begin_s, end_s, met in states:
        state = 2 if met is None else 1 if met else 3
        is_gap = begin_s - before_s > 0.5 * (end_s - begin_s)  # clocks are not exact: less is none
        first = min(int((begin_s if is_gap else min(begin_s, before_s)) * per_s), COLUMNS - 1)
        before_s = end_s
        for column in range(first, min(max(first + 1, round(end_s * per_s)), COLUMNS)):
            if state > columns[column]:  # noqa: PLR1730  max() is a call
                columns[column] = state
    runs: list[Run] = []
    at = 0
    for state, group in groupby(columns):
        width = len(list(group))
        if state:
            runs.append(Run(100 * at / COLUMNS, 100 * width / COLUMNS, State(state)))
        at += width
    return runs
