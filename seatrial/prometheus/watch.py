"""Watching what was asked: raw samples by a bare range selector, again and again, into rounds.

    poll ─▶ up, start times ─▶ counters ─▶ moments by target ─▶ scrapes ─▶ Rounds ─▶ round

`rate` and `increase` see only samples inside their window, and stretch them: a short burst of errors is told
at up to twice its size, or as nothing. Samples themselves lose nothing: what is read again is known by its
time, and what was counted while nobody could ask is in the next sample.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Final

import anyio

from seatrial.prometheus.answers import BadAnswer, Result, Series, Trouble
from seatrial.prometheus.client import PrometheusClient
from seatrial.prometheus.samples import Moments, TargetName, Unreadable, add_counts, add_health, target_of
from seatrial.series.asked import Asked
from seatrial.series.increments import Counts, Key, Scrape
from seatrial.series.rounds import Round, Rounds
from seatrial.series.selector import SeriesSelector

LEARNT_FROM: Final = "5m"
"""The past in which the scrape interval is looked up."""
WINDOW_S_MIN: Final = 20.0
WINDOW_SCRAPES: Final = 4
CLOCK_EVERY_S: Final = 60.0


class Watch:
    """One question to one server, for as long as it is asked."""

    def __init__(self, client: PrometheusClient, asked: Asked) -> None:
        self._client = client
        self._asked = asked
        self._clock_due_s = -1.0
        self._seen: dict[TargetName, set[Key]] = {}
        """The series of each target's newest scrape."""
        self._bare: dict[TargetName, float] = {}
        """When a target that has no series yet was scraped."""
        self._ours: set[TargetName] = set()
        """Targets whose health fits what is asked, be they with series or not."""
        self.every_s = 0.0
        """How often targets are scraped; 0 before it is learnt."""
        self._jobs: frozenset[str] = frozenset()
        self._rounds: Rounds | None = None

    @property
    def now_s(self) -> float:
        """The server's clock."""
        return self._client.now_s

    @property
    def silent_after_s(self) -> float:
        """After so long without a sample something is wrong."""
        return 2 * self.every_s + 2

    async def poll(self) -> Round | None:
        """The next round, None while it is not complete; raises one of `reader.TROUBLE`."""
        if not self._client.is_synchronised or anyio.current_time() >= self._clock_due_s:
            await self._client.synchronise()
            self._clock_due_s = anyio.current_time() + CLOCK_EVERY_S
        if not self.every_s:
            await self._learn()
        moments = await self._look(max(WINDOW_S_MIN, WINDOW_SCRAPES * self.every_s))
        rounds = self._rounds = self._rounds or self._begin()
        for target, seen in moments.items():
            for t_s in sorted({*seen.counts, *seen.up}):
                if t_s > rounds.last_s(target) and not self._take(rounds, target, seen, t_s):
                    break
        return rounds.complete(self.now_s, self.silent_after_s)

    def _begin(self) -> Rounds:
        asked = self._asked
        return Rounds(
            asked.is_whole,
            may_be_missing=asked.may_be_missing,
            watched_since_s=self.now_s,
            counting=asked.gauge is None,
        )

    def _take(self, rounds: Rounds, target: TargetName, seen: Moments, t_s: float) -> bool:
        """One moment of one target; False where it is too fresh to be whole."""
        counts = seen.counts.get(t_s, {})
        if not seen.up.get(t_s, True):
            if target in self._seen or target in self._ours:
                rounds.fail(target, t_s, "down")
            return True
        if self._is_partial(target, counts) and self.now_s - t_s < self.every_s:
            return False
        started_s = next((seen.started[t] for t in sorted(seen.started, reverse=True) if t <= t_s), None)
        if target not in self._seen:
            if not counts:
                self._bare[target] = t_s
                return True
            if target in self._bare:
                rounds.take(target, Scrape(self._bare.pop(target), {}, started_s))
        self._seen[target] = set(counts)
        rounds.take(target, Scrape(t_s, counts, started_s))
        return True

    def _is_partial(self, target: TargetName, counts: dict[Key, Counts]) -> bool:
        """What is written from afar comes series by series."""
        return not self._seen.get(target, set()) <= counts.keys()

    async def _learn(self) -> None:
        """The targets' jobs, and how often they are scraped."""
        groups = [f"group by (job, instance) ({selector})" for selector in self.selectors[:2]]
        if self._asked.histogram is None:
            groups = groups[:1]
        found = await self._query(" or ".join(groups))
        if not found.series:
            raise BadAnswer(Trouble.EXECUTION, f"no series matches {self._asked.whole}")
        self._jobs = frozenset(one.metric.get("job", "") for one in found.series)
        names = {target_of(one.metric) for one in found.series}
        ups = (await self._query(f"{self._health('up')}[{LEARNT_FROM}]")).series
        gaps = _gaps([one for one in ups if target_of(one.metric) in names])
        if not gaps:
            raw = await self._query(f"{self.selectors[0]}[{LEARNT_FROM}]")
            gaps = _gaps(raw.series)
        if not gaps:
            raise BadAnswer(Trouble.LATER, "fewer than two scrapes are known as yet")
        self.every_s = round(median(gaps), 1) or 0.1

    @property
    def selectors(self) -> tuple[str, ...]:
        """What is asked for, the whole first. A part that is among the whole needs no question of its own."""
        asked = self._asked
        if asked.histogram is not None:
            classic = asked.histogram.text.replace(asked.histogram.name, f"{asked.histogram.name}_bucket", 1)
            return classic, asked.histogram.text
        if asked.part is None or _is_among(asked.part, asked.whole):
            return (asked.whole.text,)
        return asked.whole.text, asked.part.text

    def _health(self, names: str) -> str:
        jobs = "|".join(_escaped(job) for job in sorted(self._jobs))
        return f'{{__name__=~"{names}",job=~"{jobs}"}}'

    async def _look(self, window_s: float) -> dict[TargetName, Moments]:
        """All samples of the window. Health first: a scrape that it tells of is in the counters' answers."""
        window = f"[{round(window_s * 1000)}ms]"
        moments: defaultdict[TargetName, Moments] = defaultdict(Moments)
        health = await self._query(self._health("up|process_start_time_seconds") + window)
        add_health(moments, health.series)
        self._ours |= {target_of(one.metric) for one in health.series if self._is_ours(one.metric)}
        for number, selector in enumerate(self.selectors):
            self._add(moments, number, await self._query(selector + window))
        return moments

    def _is_ours(self, labels: Mapping[str, str]) -> bool:
        """Whether a target is among those that are asked for, as far as its own labels tell."""
        return all(m.matches(labels) for m in self._asked.whole.matchers if m.label in labels)

    def _add(self, moments: defaultdict[TargetName, Moments], number: int, answer: Result) -> None:
        asked = self._asked
        is_part = number == 1 and asked.histogram is None
        selector = asked.part if is_part else asked.whole
        assert selector is not None
        labels = frozenset(label for one in answer.series for label in one.metric)
        alike = asked.part if not is_part and len(self.selectors) == 1 else None
        for known in filter(None, (selector, alike)):
            if answer.series and (wrong := known.typo(labels)):
                raise Unreadable(wrong)
        add_counts(moments, answer.series, selector.name)

    async def _query(self, promql: str) -> Result:
        """A whole answer: with a warning, part of it may be missing."""
        result = await self._client.query(promql)
        if result.warnings:
            raise BadAnswer(Trouble.LATER, f"answered with a warning: {result.warnings[0]}")
        return result


def _is_among(part: SeriesSelector, whole: SeriesSelector) -> bool:
    return part.name == whole.name and set(whole.matchers) <= set(part.matchers)


def _escaped(text: str) -> str:
    """As a regular expression within a PromQL string."""
    return "".join(f"\\\\{letter}" if letter in r".*+?()[]{}|^$" else letter for letter in text).replace(
        '"', r"\""
    )


def _gaps(series: Sequence[Series]) -> list[float]:
    times = [[t for t, _ in one.values] or [t for t, _ in one.histograms] for one in series]
    return [after - before for one in times for before, after in pairwise(one)]
