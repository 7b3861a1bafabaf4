"""What users write of a server: its address, and what belongs to every question."""

from pydantic import Field

from seatrial.model.fields import Duration
from seatrial.net.access import HttpAccess, Url


class PrometheusServer(HttpAccess):
    """A Prometheus, or what speaks like one."""

    url: Url
    """Where its API is, without `/api/v1`: `http://127.0.0.1:9090`, or with a path as in `…/prometheus`."""
    params: dict[str, str] = Field(default_factory=dict)
    """Sent with every query: `{dedup: "true"}` for Thanos, `{nocache: "1"}` for VictoriaMetrics."""
    timeout: Duration = Field(default=1.5, gt=0, le=60)
    """How long one answer may take; keep it below the SLI's own `timeout`."""

    def address(self, path: str) -> str:
        """Of one endpoint: `query`, `rules`."""
        return f"{self.url.rstrip('/')}/api/v1/{path}"
