"""The board: every reading of this run so far, and the news of the next one."""

from collections import defaultdict
from collections.abc import Sequence

import anyio

from seatrial.journal.alert_seen import AlertSeen
from seatrial.journal.entries import Entry
from seatrial.journal.writer import JournalWriter
from seatrial.reading import Reading
from seatrial.record import Point

_SLACK_S = 2e-4
_WHOLE_SECONDS_WITHIN_S = 2.5


class Board:
    """Readings by SLI, in their order."""

    def __init__(self) -> None:
        self._points: defaultdict[str, list[Point]] = defaultdict(list)
        self._news = anyio.Event()
        self.alerts: dict[int, str] = {}
        """The state of each alert of the experiment, by its place there."""

    def put(self, sli: str, point: Point) -> None:
        """Add a reading and wake whoever waits for one."""
        self._points[sli].append(point)
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()

    def follow(self, journal: JournalWriter) -> None:
        """Learn of alerts what is written down of them."""
        journal.watch(self._take)

    def _take(self, t_s: float, entry: Entry) -> None:
        if isinstance(entry, AlertSeen):
            self.alerts[entry.alert] = entry.state
            self._tell()

    async def news(self) -> None:
        """Return at the next reading of any SLI, or change of an alert."""
        await self._news.wait()

    async def wait_for_whole_seconds(self, slis: Sequence[str], begin_s: float, for_s: float) -> None:
        """Load is told in whole seconds, a little after their end: wait for as many as these SLIs need."""
        with anyio.move_on_after(_WHOLE_SECONDS_WITHIN_S):
            while any(self.covered_s(sli, begin_s) < for_s for sli in slis):
                await self.news()

    def points(self, sli: str) -> Sequence[Point]:
        return self._points[sli]

    def since(self, sli: str, begin_s: float) -> list[Reading]:
        """Readings of intervals that began at or after a time."""
        return [p.reading for p in self._points[sli] if p.begin_s >= begin_s - _SLACK_S]

    def covered_s(self, sli: str, begin_s: float) -> float:
        """How much time since then the readings of an SLI cover."""
        points = [p for p in self._points[sli] if p.begin_s >= begin_s - _SLACK_S]
        return points[-1].t_s - points[0].begin_s + _SLACK_S if points else 0.0
