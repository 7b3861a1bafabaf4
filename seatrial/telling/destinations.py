"""Whom a run tells of itself, as users write it."""

from typing import ClassVar

from pydantic import Field

from seatrial.model.base import Model
from seatrial.model.fields import Duration
from seatrial.net.access import HttpAccess, Url


class Otlp(HttpAccess):
    """Whoever takes metrics by OTLP over HTTP: a collector of OpenTelemetry, a Prometheus 3, Mimir."""

    name: ClassVar[str] = "OTLP"

    url: Url
    """Without `/v1/metrics`: `http://127.0.0.1:4318`."""


class RemoteWrite(HttpAccess):
    """Whoever takes remote write 1.0: a Prometheus with its receiver on, Mimir, VictoriaMetrics."""

    name: ClassVar[str] = "remote write"

    url: Url
    """The whole address: `http://127.0.0.1:9090/api/v1/write`."""


class Grafana(HttpAccess):
    """A Grafana, whose dashboards show the fault's window as an annotation."""

    name: ClassVar[str] = "Grafana"

    url: Url
    """Without `/api`: `https://grafana.example`."""
    dashboard: str | None = None
    """The UID of the only dashboard that shows it; without it, all that ask for its tags."""
    tags: tuple[str, ...] = ()
    """Beside `seatrial` and the run's own."""


class Telling(Model):
    """Who is told. Nothing of it can hold up a run, or change its verdict."""

    otlp: Otlp | None = None
    """Metrics by OTLP over HTTP."""
    remote_write: RemoteWrite | None = None
    """Metrics by Prometheus remote write."""
    grafana: Grafana | None = None
    """The fault's window as an annotation."""
    every: Duration = Field(default=10.0, ge=1, le=60)
    """How often metrics are told, beside every change."""
    labels: dict[str, str] = {}
    """Labels of every metric beside `experiment` and `run`, such as `{service: shop}`."""
