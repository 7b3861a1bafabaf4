"""Readings of one SLI: one a scrape round, never a repeat; where there is none for too long, unknown."""

import time
from dataclasses import dataclass, field
from typing import Final

import anyio

from seatrial.model.units import format_duration
from seatrial.prometheus.answers import BadAnswer
from seatrial.prometheus.client import PrometheusClient
from seatrial.prometheus.samples import Unreadable
from seatrial.prometheus.watch import Watch
from seatrial.reading import Observed, Reading, Unknown
from seatrial.series.asked import Asked
from seatrial.series.readings import reading_of
from seatrial.series.rounds import Missing, Round

POLL_S: Final = 1.0
TROUBLE = (BadAnswer, Unreadable, Missing, ValueError)
"""Why there may be no round, each with words of its own."""


@dataclass
class SliReader:
    """What is asked of a server, reading by reading."""

    client: PrometheusClient
    asked: Asked
    source: str
    """Who is asked, in words."""
    watch: Watch = field(init=False)
    _told_s: float = field(default_factory=time.monotonic)
    """When something was told last."""
    _is_first: bool = True

    def __post_init__(self) -> None:
        self.watch = Watch(self.client, self.asked)

    async def read(self) -> Reading | None:
        """The newest round, or why there is none; None while the next is not due."""
        was_first, self._is_first = self._is_first, False
        try:
            found = await self.poll()
        except TROUBLE as why:
            return self._unknown(str(why), after_s=self.watch.every_s + POLL_S)
        if found is not None:
            # What was scraped before anybody watched is nobody's evidence.
            return None if was_first else self.reading(found)
        return self._unknown("no new sample", after_s=self.watch.silent_after_s)

    async def read_once(self) -> Reading:
        """What the newest round says, be it from before anybody watched."""
        try:
            found = await self.poll()
        except TROUBLE as why:
            return Unknown(reason=str(why))
        return self.reading(found) if found is not None else Unknown(reason="no scrape round is complete")

    async def poll(self) -> Round | None:
        """All questions within one deadline; raises one of TROUBLE."""
        try:
            with anyio.fail_after(self.client.server.timeout):
                return await self.watch.poll()
        except TimeoutError:
            limit = format_duration(self.client.server.timeout)
            raise ValueError(f"no answer within {limit}") from None

    def reading(self, found: Round) -> Reading:
        """What a round says."""
        self._told_s = time.monotonic()
        every = format_duration(self.watch.every_s)
        return reading_of(self.asked, found, now_s=self.watch.now_s, source=f"{self.source} every {every}")

    def _unknown(self, reason: str, after_s: float) -> Unknown | None:
        """Where nothing was told for longer than there should have been something; once a scrape interval."""
        since_s = time.monotonic() - self._told_s
        if since_s < after_s and self.watch.every_s:
            return None
        self._told_s = time.monotonic()
        observed = Observed(span_s=round(since_s, 3), age_s=0.0, source=self.source)
        return Unknown(reason=reason, observed=observed)
