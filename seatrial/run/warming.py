"""Loading what comes later while the baseline is watched: neither fault nor end shall wait for it."""

from collections.abc import Iterable
from contextlib import suppress

import anyio
import anyio.to_thread

from seatrial.measure import Measure
from seatrial.report import Report


class Warming:
    """Loads in a thread, what is needed first at first."""

    def __init__(self, measures: Iterable[Measure], reports: Iterable[type[Report]]) -> None:
        self._counts = any(measure is not Measure.VALUE for measure in measures)
        self._reports = tuple(reports)
        self._can_judge = anyio.Event()

    async def warm(self) -> None:
        """Load everything."""
        await anyio.to_thread.run_sync(_load_statistics if self._counts else load_verdict)
        self._can_judge.set()
        await anyio.to_thread.run_sync(self._load_reports)

    async def can_judge(self) -> None:
        """Return once the statistics are there: loading them would hold up whoever judges."""
        await self._can_judge.wait()

    def _load_reports(self) -> None:
        load_for(self._reports)


def load_for(reports: Iterable[type[Report]]) -> None:
    """What these reports will need."""
    for report in reports:
        with suppress(Exception):  # it is told when the report is made
            report().warm()


def load_verdict() -> None:
    """What judging needs, but for statistics."""
    import seatrial.verdict.outcome
    import seatrial.verdict.relative_readings  # noqa: F401  imported for later


def _load_statistics() -> None:
    """SciPy too, which the statistics import no earlier than they are asked; values are judged without."""
    import scipy.special  # noqa: F401  imported for later

    import seatrial.verdict.latency
    import seatrial.verdict.outcome
    import seatrial.verdict.ratio
    import seatrial.verdict.relative_latency  # noqa: F401  imported for later
