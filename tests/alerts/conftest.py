"""A service whose errors a test switches, a real Prometheus that scrapes it, and a real Alertmanager."""

import datetime
import http.server
import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from seatrial.shop.monitor import Monitor
from seatrial.testing.backfill import Life, MadeUpTarget, backfill, openmetrics
from tests.net.server import free_port

PER_S = 20.0
RATIO = 'sum(rate(r_total{job="calm",code="500"}[5s])) / sum(rate(r_total{job="calm"}[5s])) > 0.2'
RULES: list[Mapping[str, Any]] = [
    {"alert": "Errors", "expr": RATIO, "labels": {"service": "shop"}},
    {"alert": "SlowToPage", "expr": RATIO, "for": "10m"},
    {"alert": "Dead", "expr": "histogram_quantile(0.95, r_duration_seconds) > 1"},
    {"alert": "Misspelt", "expr": 'sum(rate(r_total{cod="500"}[5m])) > 1'},
    {"alert": "Elsewhere", "expr": 'sum(rate(r_total{job="other"}[5s])) > 1'},
    {"alert": "Gone", "expr": 'absent(r_total{job="calm"})'},
]
ROUTES = {
    "route": {
        "receiver": "nobody",
        "group_wait": "0s",
        "routes": [{"receiver": "pager", "matchers": ['service="shop"']}],
    },
    "receivers": [{"name": "nobody"}, {"name": "pager"}],
}


@dataclass
class Service:
    """Counts 20 requests a second; half of them fail while its flag is there."""

    flag: Path
    counts: dict[str, float] = field(default_factory=lambda: {"200": 0.0, "500": 0.0})
    seen_s: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self) -> str:
        with self.lock:
            now_s = time.monotonic()
            events, self.seen_s = PER_S * (now_s - self.seen_s), now_s
            bad = events / 2 if self.flag.exists() else 0.0
            self.counts["200"] += events - bad
            self.counts["500"] += bad
            return "# TYPE r counter\n" + "".join(
                f'r_total{{code="{code}"}} {round(count)}\n' for code, count in self.counts.items()
            )


@dataclass
class World:
    prometheus: Monitor
    alertmanager: str
    flag: Path
    folder: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    for program in ("prometheus", "prometheus-alertmanager"):
        if shutil.which(program) is None and os.environ.get("CI"):
            pytest.fail(f"{program} is missing in CI, though it is in .ci/debian-packages")
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: apt-get install {program}")
    folder = tmp_path_factory.mktemp("world")
    service = Service(folder / "flag")

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = service.page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing to be told."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server, alertmanager(folder) as manager:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_address[1]}"
        data = folder / "prometheus"
        data.mkdir()
        backfill(data, past())
        with Monitor([address], job="calm", folder=data, rules=RULES, alertmanager=manager) as monitor:
            yield World(monitor, f"http://{manager}", service.flag, folder)
        server.shutdown()


def past() -> str:
    """Three days of few requests and fewer errors, until ten minutes ago."""
    chance, end_s = random.Random(1), datetime.datetime.now(datetime.UTC).timestamp() - 600
    begin_s = end_s - 3 * 86_400
    events = {
        "200": sorted(chance.uniform(begin_s, end_s) for _ in range(26_000)),
        "500": sorted(chance.uniform(begin_s + 120, end_s) for _ in range(500)),
    }
    target = MadeUpTarget("old", (Life(begin_s),), events, every_s=30, phase_s=0)
    return openmetrics([target], "calm", begin_s, end_s).replace("requests_total", "r_total")


class alertmanager:  # noqa: N801  a context, called like a function
    """A real Alertmanager on a free port, as host:port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> str:
        program = shutil.which("prometheus-alertmanager") or "prometheus-alertmanager"
        config = self.folder / "alertmanager.yml"
        config.write_text(json.dumps(ROUTES))
        address = f"127.0.0.1:{free_port()}"
        self.log = (self.folder / "alertmanager.log").open("wb")
        self.process = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.path={self.folder / 'alertmanager'}",
                f"--web.listen-address={address}",
                "--cluster.listen-address=",
            ],
            stdout=self.log,
            stderr=self.log,
        )
        assert becomes(lambda: re.search(rb"Listening on", self._said()) is not None, 15), self._said()
        return address

    def _said(self) -> bytes:
        return (self.folder / "alertmanager.log").read_bytes()

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.log.close()


def becomes(look: Callable[[], bool], within_s: float) -> bool:
    """Look until it is so."""
    end_s = time.monotonic() + within_s
    while not look():
        if time.monotonic() > end_s:
            return False
        threading.Event().wait(0.05)
    return True
