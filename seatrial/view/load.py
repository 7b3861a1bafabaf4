"""The load as reports tell it: what was asked of the generator, what it did, what came back."""

from collections.abc import Iterator
from functools import cached_property

import msgspec

from seatrial.load.honesty import GeneratorLimit, generator_limit
from seatrial.load.second import LoadSecond
from seatrial.model.units import format_share
from seatrial.record import RunRecord
from seatrial.view import text


class RequestLine(msgspec.Struct, frozen=True):
    """All requests of one name."""

    name: str
    total: int
    failed: int

    @property
    def failed_share(self) -> str:
        return format_share(self.failed / self.total) if self.total else "-"


class LoadView(msgspec.Struct, frozen=True, dict=True):
    """All seconds of load together."""

    record: RunRecord

    @cached_property
    def seconds(self) -> list[LoadSecond]:
        return [second for _, second in self.record.load]

    @property
    def is_open(self) -> bool:
        """Whether arrivals followed a schedule, whatever the system answered."""
        load = self.record.plan.experiment.get("load")
        return isinstance(load, dict) and ("rate" in load or "profile" in load)

    @property
    def words(self) -> str:
        return self.record.plan.load

    @property
    def scheduled(self) -> int:
        return sum(one.scheduled for one in self.seconds)

    @property
    def dropped(self) -> int:
        return sum(one.dropped for one in self.seconds)

    @property
    def ended(self) -> int:
        """Requests that were answered, or failed."""
        return sum(line.total for line in self.requests)

    @property
    def failed(self) -> int:
        return sum(line.failed for line in self.requests)

    @cached_property
    def requests(self) -> list[RequestLine]:
        """By name, the most frequent first."""
        totals: dict[str, list[int]] = {}
        for second in self.seconds:
            for name, one in second.requests.items():
                sums = totals.setdefault(name, [0, 0])
                sums[0] += one.total
                sums[1] += one.failed
        lines = [RequestLine(name, total, failed) for name, (total, failed) in totals.items()]
        return sorted(lines, key=lambda line: -line.total)

    @cached_property
    def errors(self) -> dict[str, int]:
        """Failures by kind, the most frequent first; exceptions of the users' own code among them."""
        found: dict[str, int] = {}
        for second in self.seconds:
            for errors in (second.user_errors, *(one.errors for one in second.requests.values())):
                for kind, count in errors.items():
                    found[kind] = found.get(kind, 0) + count
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    @cached_property
    def limit(self) -> GeneratorLimit | None:
        """Why these figures do not stand for the system; None where they do."""
        return generator_limit(self.record.judged_load)

    def facts(self) -> Iterator[tuple[str, str]]:
        """Name and value of what is told in a table."""
        if not self.seconds:
            return
        yield "Load asked for", self.words
        yield "Model", "open: arrivals on a schedule" if self.is_open else "closed: users wait for answers"
        if self.is_open:
            rate = self.scheduled / len(self.seconds)
            yield "Arrivals due", f"{self.scheduled:,} ({rate:,.1f}/s)"
            share = f" ({format_share(self.dropped / self.scheduled)})" if self.scheduled else ""
            yield "Arrivals dropped", f"{self.dropped:,}{share}"
        yield "Requests ended", f"{self.ended:,} ({self.ended / len(self.seconds):,.1f}/s)"
        share = f" ({format_share(self.failed / self.ended)})" if self.ended else ""
        yield "Requests failed", f"{self.failed:,}{share}"
        if self.is_open:
            yield "In flight at most", f"{max(one.in_flight for one in self.seconds):,}"
        else:
            yield "Users at most", f"{max(one.users for one in self.seconds):,}"
        yield "CPU of the busiest worker at most", format_share(max(one.cpu_share for one in self.seconds))
        yield "Own delay at most", text.in_unit(max(one.lag_ms for one in self.seconds), "ms")
        workers = {one.workers for one in self.seconds}
        least = f" (at least {min(workers)})" if len(workers) > 1 else ""
        yield "Load workers", f"{max(workers)}{least} of {max(one.workers_expected for one in self.seconds)}"
