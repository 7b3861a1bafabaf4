"""Targets whose truth is known, written into a Prometheus as if it had scraped them.

Every event has its moment, so what a reader makes of the samples can be set against what really happened.
Samples may lie in the future: queries come to see them one by one, as if they were scraped meanwhile.
"""

import math
import subprocess
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Life:
    """One process of a target: counters begin at 0 with it, or at what they were when nobody watched yet."""

    born_s: float
    dies_s: float = math.inf


@dataclass(frozen=True)
class MadeUpTarget:
    """One scraped target. All times in seconds of one clock."""

    instance: str
    lives: Sequence[Life]
    events: Mapping[str, Sequence[float]]
    """Moments of events, sorted, by the value of the label `code`."""
    every_s: float
    phase_s: float
    already: Mapping[str, int] = field(default_factory=dict)
    """What the counters of the first life showed at its birth."""
    tells_start: bool = True

    def counted(self, code: str, since_s: float, until_s: float) -> int:
        """Events within (since_s, until_s]."""
        moments = self.events.get(code, ())
        return bisect_right(moments, until_s) - bisect_right(moments, since_s)

    def scrapes(self, begin_s: float, end_s: float) -> Iterator[tuple[float, Life | None]]:
        """When it was scraped, and which life answered; before its first one nobody knew of it."""
        begin_s = max(begin_s, self.lives[0].born_s)
        first = math.ceil((begin_s - self.phase_s) / self.every_s)
        for number in range(first, math.floor((end_s - self.phase_s) / self.every_s) + 1):
            t_s = round(self.phase_s + number * self.every_s, 3)
            yield t_s, next((one for one in self.lives if one.born_s <= t_s < one.dies_s), None)

    def shows(self, code: str, life: Life, t_s: float) -> int | None:
        """What the counter of a code shows; None before it has counted anything."""
        count = self.counted(code, life.born_s, t_s)
        count += self.already.get(code, 0) if life is self.lives[0] else 0
        return count or None


def openmetrics(targets: Sequence[MadeUpTarget], job: str, begin_s: float, end_s: float) -> str:
    """All samples of one job, in the format that `promtool tsdb create-blocks-from openmetrics` takes."""
    return "".join(
        line
        for target in targets
        for t_s, life in target.scrapes(begin_s, end_s)
        for line in _samples(target, job, t_s, life)
    )


def _samples(target: MadeUpTarget, job: str, t_s: float, life: Life | None) -> Iterator[str]:
    labels = f'job="{job}",instance="{target.instance}"'
    yield f"up{{{labels}}} {int(life is not None)} {t_s:.3f}\n"
    if life is None:
        return
    if target.tells_start:
        yield f"process_start_time_seconds{{{labels}}} {life.born_s:.3f} {t_s:.3f}\n"
    for code in target.events:
        count = target.shows(code, life, t_s)
        if count is not None:
            yield f'requests_total{{{labels},code="{code}"}} {count} {t_s:.3f}\n'


def backfill(folder: Path, text: str) -> None:
    """Write samples into the data folder of a Prometheus that is not running; raises CalledProcessError."""
    file = folder / "samples.txt"
    file.write_text(f"{text}# EOF\n")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(folder / "data")]
    subprocess.run(command, check=True, capture_output=True, text=True)
