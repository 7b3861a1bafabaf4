"""Before a run: does the server answer, are there such series, and what will they be able to tell?"""

import math
from collections.abc import AsyncIterator, Iterator
from typing import Final

from seatrial.errors import InvalidInput
from seatrial.model.units import format_duration, format_share
from seatrial.probe import Survey
from seatrial.prometheus.answers import BadAnswer, Trouble
from seatrial.prometheus.reader import TROUBLE, SliReader
from seatrial.reading import Latency, Ratio, Reading
from seatrial.series.asked import UNITS_PER_S, Asked
from seatrial.series.rounds import Round
from seatrial.series.selector import SeriesSelector

COUNTERS: Final = ("counter", "histogram", "summary", "unknown", "")
RECENT_S: Final = 3600.0
"""The past in which a metric has to be known."""


async def surveyed(reader: SliReader) -> Survey:
    """Asks once, as the run will. Raises InvalidInput where the server does not understand the question."""
    try:
        await reader.client.synchronise()
        problems = [text async for text in _unknown_names(reader)]
        if problems:
            return Survey(problems=tuple(problems))
        found = await reader.poll()
    except BadAnswer as bad:
        if bad.trouble is Trouble.QUERY:
            raise InvalidInput(
                f"{reader.source} does not understand: {bad.reason}", "mend the selector"
            ) from None
        return Survey(problems=(f"{reader.source}: {bad.reason}",))
    except TROUBLE as why:
        return Survey(problems=(f"{reader.source}: {why}",))
    every_s = reader.watch.every_s
    if found is None:
        return Survey(every_s=every_s, problems=(f"{reader.source}: no scrape round was complete",))
    return Survey(
        every_s=every_s,
        events_per_s=_events_per_s(reader.reading(found), found),
        notes=(
            f"{found.seen} of {found.expected} targets, scraped every {format_duration(every_s)}",
            *_notes(reader.asked, found),
        ),
    )


async def _unknown_names(reader: SliReader) -> AsyncIterator[str]:
    """A metric or a label that is not there: a typo would otherwise be a perfect service."""
    asked = reader.asked
    for selector in filter(None, (asked.whole, asked.part)):
        labels = await _labels(reader, selector, is_histogram=asked.histogram is not None)
        if not labels:
            yield f"{reader.source} has no metric {selector.name}: mend the name, or let it be counted once"
        elif wrong := selector.typo(labels):
            yield wrong
        elif asked.gauge is None and (kind := await _kind(reader, selector)) not in COUNTERS:
            yield f"{selector.name} is a {kind}, not a counter"


async def _labels(reader: SliReader, selector: SeriesSelector, *, is_histogram: bool) -> frozenset[str]:
    name = f"{selector.name}(_bucket)?" if is_histogram else selector.name
    since_s = reader.client.now_s - RECENT_S
    found = await reader.client.get(
        "labels", {"match[]": f'{{__name__=~"{name}"}}', "start": f"{since_s:.0f}"}
    )
    return frozenset(found or ())


async def _kind(reader: SliReader, selector: SeriesSelector) -> str:
    """What targets say of a metric; empty where nobody says, or nobody may ask."""
    try:
        told = await reader.client.get("metadata", {"metric": selector.name})
    except BadAnswer:
        return ""
    kinds = {str(one.get("type", "")) for one in (told or {}).get(selector.name, ())}
    return kinds.pop() if len(kinds) == 1 else ""


def _events_per_s(reading: Reading, found: Round) -> float | None:
    span_s = found.end_s - found.begin_s
    if not span_s or not isinstance(reading, Ratio | Latency):
        return None
    total = reading.total if isinstance(reading, Ratio) else reading.durations.total
    return total / span_s


def _notes(asked: Asked, found: Round) -> Iterator[str]:
    if asked.part is not None and not any(asked.is_part(k) for s in found.scrapes for k in s.counts):
        yield f"no series matches {asked.part} so far"
    if asked.within is None:
        return
    limit = asked.within * UNITS_PER_S[asked.unit]
    buckets = {
        bucket
        for s in found.scrapes
        for k, counts in s.counts.items()
        if asked.is_whole(k)
        for bucket in counts
    }
    around = {b for b in buckets if b[0] < limit < b[1] and not any(math.isclose(limit, x) for x in b)}
    if around:
        lower, upper = max(b[0] for b in around), min(b[1] for b in around)
        share = _share_in(asked, found, around)
        yield (
            f"no bucket ends at {limit:g}: the nearest end at {lower:g} and {upper:g}, and "
            f"{format_share(share)} of all events lie between them, good or bad"
        )


def _share_in(asked: Asked, found: Round, buckets: set[tuple[float, float]]) -> float:
    counts = [c for g in found.growths for key, c in g.counts.items() if asked.is_whole(key)]
    total = sum(sum(one.values()) for one in counts)
    return sum(one.get(bucket, 0.0) for one in counts for bucket in buckets) / total if total else 0.0
