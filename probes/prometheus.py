"""prometheus: what a Prometheus has scraped, sample by sample."""

from typing import ClassVar

from seatrial.api import Asked, AsksPrometheus


class Prometheus(Asked, AsksPrometheus):
    """Reads counters, histograms and gauges from a Prometheus, or from what speaks like one.

    It gives one of four readings: a ratio (`total` with `good` or `bad`), a histogram (`histogram`
    with `within` or `percentile`), a gauge (`gauge`), or how fast a counter grows (`rate`). Series are
    selected as in PromQL, without functions: `http_requests_total{job="shop",code!~"5.."}`.

    The raw samples are read and turned into increments series by series, so a burst of errors between
    two scrapes is counted once and whole, where `rate` shows none of it or up to twice as much. There
    is one reading a scrape round and never a repeat: what a Prometheus scrapes every 15 s it can only
    tell every 15 s. For a guard that has to act within seconds use `openmetrics` or `load`.
    """

    name: ClassVar[str] = "prometheus"

    @property
    def asked(self) -> Asked:
        return self
