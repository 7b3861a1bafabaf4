"""What a Prometheus remembers of an SLO: counts over long windows, by the server's own `increase`.

Over weeks its error is one scrape interval at either end, where raw samples would be millions. Coverage is
counted apart, for `increase` over 28 days of a service that is 6 hours old is told without a word.
"""

from collections.abc import Sequence
from typing import Final

import anyio

from seatrial.budget.standing import Seen
from seatrial.model.units import format_duration
from seatrial.prometheus.answers import BadAnswer, Result, Trouble
from seatrial.prometheus.client import PrometheusClient
from seatrial.series.selector import SeriesSelector
from seatrial.slo.slo import Slo
from seatrial.verdict.counts import Counts

STEPS: Final = 1000
"""So finely coverage is looked at."""


async def seen_over(client: PrometheusClient, slo: Slo, window_s: float) -> Seen:
    """What was counted in the time before now; raises BadAnswer."""
    covered_s = await _covered_s(client, slo, window_s)
    if slo.slices is not None:
        bad, total = await _slices(client, slo, window_s)
    else:
        bad, total = await counts_over(client, slo, window_s)
    return Seen(bad=bad, total=total, covered_s=covered_s)


async def counts_over(client: PrometheusClient, slo: Slo, window_s: float) -> Counts:
    """Bad and all events of the time before now; raises BadAnswer."""
    window = f"[{max(1, round(window_s))}s]"
    if slo.histogram is not None:
        return await _slow(client, slo, window)
    total = await _sum(client, f"sum(increase({slo.total}{window}))")
    part = await _sum(client, f"sum(increase({slo.good or slo.bad}{window}))")
    part = min(part, total)
    return Counts(total - part if slo.good is not None else part, total)


async def many_counts(client: PrometheusClient, slo: Slo, windows_s: Sequence[float]) -> dict[float, Counts]:
    """Several windows at once; raises BadAnswer."""
    found: dict[float, Counts] = {}

    async def count(window_s: float) -> None:
        found[window_s] = await counts_over(client, slo, window_s)

    try:
        async with anyio.create_task_group() as asking:
            for window_s in windows_s:
                asking.start_soon(count, window_s)
    except* BadAnswer as bad:
        raise next(error for error in bad.exceptions if isinstance(error, BadAnswer)) from None
    return found


async def _slow(client: PrometheusClient, slo: Slo, window: str) -> Counts:
    """Out of a classic histogram: what lies in the bucket that the threshold is in counts as bad."""
    assert slo.histogram is not None
    assert slo.within is not None
    buckets = _suffixed(slo.histogram, "_bucket")
    result = await _asked(client, f"sum by (le) (increase({buckets}{window}))")
    limit = slo.within * (1000 if slo.unit == "ms" else 1) * (1 + 1e-9)
    by_bound = {float(one.metric.get("le", "nan")): one.value[1] for one in result.series if one.value}
    total = max(by_bound.values(), default=0.0)
    fast = max((count for bound, count in by_bound.items() if bound <= limit), default=0.0)
    return Counts(total - fast, total)


async def _slices(client: PrometheusClient, slo: Slo, window_s: float) -> tuple[float, float]:
    """(bad, all) slices in which there was traffic."""
    assert slo.slices is not None
    if slo.total is None:
        raise BadAnswer(Trouble.QUERY, "slices of a histogram are not looked up yet: count events")
    window, length = round(window_s), max(1, round(slo.slices.length))
    part = f"(sum(increase({slo.good or slo.bad}[{length}s])) or vector(0))"
    ratio = f"({part} / (sum(increase({slo.total}[{length}s])) > 0))"
    good = ratio if slo.good is not None else f"(1 - {ratio})"
    over = f"[{window}s:{length}s]"
    bad = await _sum(client, f"sum_over_time(({good} < bool {slo.slices.at_least}){over})")
    return bad, await _sum(client, f"count_over_time({ratio}{over})")


async def _covered_s(client: PrometheusClient, slo: Slo, window_s: float) -> float:
    """How much of the time before now had samples, to a thousandth."""
    whole = _suffixed(slo.histogram, "_count") if slo.histogram is not None else str(slo.total)
    step = max(1, round(window_s / STEPS))
    steps = await _sum(client, f"count_over_time(sum({whole})[{max(1, round(window_s))}s:{step}s])")
    return min(window_s, steps * step)


def _suffixed(selector: SeriesSelector, suffix: str) -> str:
    return str(selector).replace(selector.name, selector.name + suffix, 1)


async def _sum(client: PrometheusClient, promql: str) -> float:
    """The one number of an answer; 0 where nothing was counted."""
    result = await _asked(client, promql)
    return max(0.0, sum(one.value[1] for one in result.series if one.value and one.value[1] == one.value[1]))


async def _asked(client: PrometheusClient, promql: str) -> Result:
    """Within the server's patience, and no partial answer; raises BadAnswer."""
    try:
        with anyio.fail_after(client.server.timeout):
            result = await client.query(promql)
    except TimeoutError:
        limit = format_duration(client.server.timeout)
        raise BadAnswer(
            Trouble.LATER, f"no answer within {limit}: give its server a longer `timeout`"
        ) from None
    if result.warnings:
        raise BadAnswer(Trouble.LATER, f"answered with a warning: {result.warnings[0]}")
    return result
