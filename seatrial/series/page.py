"""A metrics page in the Prometheus text format: the wanted lines of it, parsed."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from seatrial.series.asked import Asked
from seatrial.series.increments import EVERYTHING, Bucket, Key, Scrape, by_bucket
from seatrial.series.selector import SeriesSelector

STARTED: Final = "process_start_time_seconds"

_EXEMPLAR: Final = re.compile(r"""^([^{#\s]+(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\s+[^#]*?)\s+\#\s.*$""")


@dataclass(frozen=True)
class Sample:
    """One line of the page."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Page:
    """The wanted metrics of one page."""

    samples: Mapping[str, list[Sample]] = field(default_factory=dict)
    """By the name that stands on the line: `x_bucket`, not `x`."""
    declared: frozenset[str] = frozenset()
    """Names with a `# TYPE` line: exported, though maybe without a series as yet."""

    def knows(self, name: str) -> bool:
        """True where the target exports this metric, be it without a series so far."""
        return name in self.samples or name in self.declared


def names_on_page(asked: Asked) -> frozenset[str]:
    """All names that may stand in front of a line that matters, or in its `# TYPE`."""
    if asked.histogram is not None:
        return frozenset({asked.histogram.name, f"{asked.histogram.name}_bucket", STARTED})
    return frozenset({asked.whole.name, STARTED, *([asked.part.name] if asked.part else ())})


def scrape_of(asked: Asked, page: Page, t_s: float, wall_s: float) -> Scrape:
    """What a page shows at a moment; raises ValueError for a number that is none.

    `wall_s`: by how much the wall clock is ahead of the clock of `t_s`.
    """
    started = [sample.value for sample in page.samples.get(STARTED, ())]
    if asked.histogram is not None:
        counts = _histograms(asked.histogram, page)
    else:
        names = dict.fromkeys(one.name for one in (asked.whole, asked.part) if one is not None)
        counts = {
            (name, tuple(sorted(sample.labels.items()))): {EVERYTHING: _finite(name, sample.value)}
            for name in names
            for sample in page.samples.get(name, ())
        }
    wanted = {key: value for key, value in counts.items() if asked.is_whole(key) or asked.is_part(key)}
    return Scrape(t_s, wanted, started[0] - wall_s if len(started) == 1 else None)


def _histograms(histogram: SeriesSelector, page: Page) -> dict[Key, dict[Bucket, float]]:
    cumulative: dict[Key, dict[float, float]] = {}
    for sample in page.samples.get(f"{histogram.name}_bucket", ()):
        labels = dict(sample.labels)
        try:
            bound = float(labels.pop("le"))
        except (KeyError, ValueError):
            raise ValueError(f"{histogram} has no bucket bound `le`, so it is no histogram") from None
        key = histogram.name, tuple(sorted(labels.items()))
        cumulative.setdefault(key, {})[bound] = _finite(histogram.name, sample.value)
    return {key: by_bucket(counts) for key, counts in cumulative.items()}


def _finite(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value}")
    return value


def check_page(
    asked: Asked, selector: SeriesSelector, pages: Sequence[Page], *, has_to_be_there: bool
) -> None:
    """Raises ValueError where a metric or a label is not known, or no series matches that has to.

    A part may have no series yet, for no event of its kind has been; the whole may not.
    """
    name = selector.name if asked.histogram is None else f"{selector.name}_bucket"
    if not any(page.knows(name) or page.knows(selector.name) for page in pages):
        raise ValueError(f"there is no metric {selector.name}")
    series = [sample.labels for page in pages for sample in page.samples.get(name, ())]
    if series and (wrong := selector.typo({label for labels in series for label in labels})):
        raise ValueError(wrong)
    if has_to_be_there and not any(selector.matches(labels) for labels in series):
        raise ValueError(f"no series matches {selector}")


def read_page(text: str, names: Collection[str]) -> Page:
    """The samples of these names; raises ValueError where their lines are not in the text format.

    The rest is skipped unparsed: a page of 5,000 lines takes 90 ms to parse and 1 ms to sieve.
    """
    from prometheus_client.parser import text_string_to_metric_families

    samples: dict[str, list[Sample]] = {}
    for family in text_string_to_metric_families("\n".join(_lines_of(names, text))):
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(Sample(sample.labels, float(sample.value)))
    return Page(samples, frozenset(name for name in names if _is_declared(name, text)))


def _is_declared(name: str, text: str) -> bool:
    """OpenMetrics leaves `_total` out of a counter's `# TYPE` line."""
    return any(f"# TYPE {known} " in text for known in (name, name.removesuffix("_total")))


def _lines_of(names: Collection[str], text: str) -> Iterable[str]:
    wanted = frozenset(names)
    prefixes = tuple(names)
    for line in text.splitlines():
        if line.startswith(prefixes) and re.split(r"[{\s]", line, maxsplit=1)[0] in wanted:
            yield _EXEMPLAR.sub(r"\1", line) if " # " in line else line
