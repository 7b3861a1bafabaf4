"""Merges the worker processes' messages into seconds: pure, it asks for the time and never waits.

A second is told as soon as every worker has reported it, and at the latest `GRACE_S` after it has
ended, with whoever has reported by then. What comes later is not lost: it is counted in the next
second to be told, and `late` says so. No second is skipped, none is made up.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from seatrial import histogram
from seatrial.load.second import LoadSecond, RequestSecond
from seatrial.load.wire import End, Part, RequestCounts

GRACE_S = 0.2


@dataclass(slots=True)
class _Gathered:
    requests: defaultdict[str, list[RequestCounts]] = field(default_factory=lambda: defaultdict(list))
    ends: dict[str, End] = field(default_factory=dict)
    """By worker, of this second."""
    late: list[tuple[str, End]] = field(default_factory=list)
    """Of earlier seconds, that came too late for them."""


class SecondMerger:
    """Takes parts, gives seconds, from `first_second` on without a gap."""

    def __init__(self, workers: int, first_second: int, *, warm_up_until_unix: float = 0.0) -> None:
        self._workers = workers
        self._first = self._next = first_second
        self._warm_up_until_unix = warm_up_until_unix
        self._gathered: defaultdict[int, _Gathered] = defaultdict(_Gathered)

    @property
    def next_due_unix(self) -> float:
        """When the next second is told even if workers are missing."""
        return self._next + 1 + GRACE_S

    def add(self, part: Part) -> None:
        """Take one message."""
        if part["second"] < self._first and not part["requests"]:
            return  # from before the start
        second = max(part["second"], self._next)
        gathered = self._gathered[second]
        for name, counts in part["requests"].items():
            gathered.requests[name].append(counts)
        if "end" not in part:
            return
        if second > part["second"]:
            gathered.late.append((part["worker"], part["end"]))
        else:
            gathered.ends[part["worker"]] = part["end"]

    def ready(self, now_unix: float) -> list[LoadSecond]:
        """The seconds that can be told now, in order."""
        told = []
        while now_unix >= self.next_due_unix or self._complete(now_unix):
            told.append(self._tell())
        return told

    def rest(self) -> list[LoadSecond]:
        """What is left when all workers have ended, the last, unfinished second among it."""
        told = []
        while self._gathered:
            told.append(self._tell())
        return told

    def _complete(self, now_unix: float) -> bool:
        gathered = self._gathered.get(self._next)
        return now_unix >= self._next + 1 and gathered is not None and len(gathered.ends) >= self._workers

    def _tell(self) -> LoadSecond:
        second, self._next = self._next, self._next + 1
        gathered = self._gathered.pop(second, None) or _Gathered()
        ends = [end for _, end in gathered.late] + list(gathered.ends.values())
        latest = {**dict(gathered.late), **gathered.ends}.values()
        return LoadSecond(
            second_unix=second,
            requests={name: _merged(parts) for name, parts in sorted(gathered.requests.items())},
            users=sum(one["users"] for one in latest),
            in_flight=sum(one["in_flight"] for one in latest),
            oldest_ms=max((one["oldest_ms"] for one in latest), default=0.0),
            dropped=sum(one["dropped"] for one in ends),
            scheduled=sum(one["scheduled"] for one in ends),
            cpu_share=max((one["cpu_share"] for one in ends), default=0.0),
            lag_ms=max((one["lag_ms"] for one in ends), default=0.0),
            user_errors=_added([one["user_errors"] for one in ends]),
            workers=len(gathered.ends),
            workers_expected=self._workers,
            late=len(gathered.late),
            lost=sum(one["lost"] for one in ends),
            warming_up=second < self._warm_up_until_unix,
        )


def _merged(parts: list[RequestCounts]) -> RequestSecond:
    services = [one["service"] for one in parts if "service" in one]
    return RequestSecond(
        latency=_one_histogram([one["latency"] for one in parts]),
        service=_one_histogram(services) if len(services) == len(parts) else None,
        total=sum(one["total"] for one in parts),
        failed=sum(one["failed"] for one in parts),
        errors=_added([one["errors"] for one in parts]),
    )


def _one_histogram(encoded: list[str]) -> str:
    return encoded[0] if len(encoded) == 1 else histogram.encode(histogram.merged(encoded))


def _added(counts: list[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for kind, count in one.items():
            total[kind] = total.get(kind, 0) + count
    return total
