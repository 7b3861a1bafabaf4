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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest

from seatrial.alerts.silences import end
from seatrial.prometheus.alertmanager import AlertmanagerServer, open_alertmanager
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


def routes(pager: str) -> dict[str, Any]:
    """Alerts of the shop go to a pager at this address, others to nobody."""
    return {
        "route": {
            "receiver": "nobody",
            "group_wait": "0s",
            "group_interval": "1s",
            "routes": [{"receiver": "pager", "matchers": ['service="shop"']}],
        },
        "receivers": [
            {"name": "nobody"},
            {"name": "pager", "webhook_configs": [{"url": pager, "send_resolved": True}]},
        ],
    }


@dataclass
class Service:
    """Counts 20 requests a second; half of them fail while its flag is there. With `dead` it says nothing."""

    flag: Path
    dead: Path
    counts: dict[str, float] = field(default_factory=lambda: {"200": 0.0, "500": 0.0})
    seen_s: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def page(self) -> str | None:
        if self.dead.exists():
            return None
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
    """While it is there, half of the requests fail."""
    dead: Path
    """While that is there, nothing is answered."""
    page: str
    """The address of its metrics."""
    folder: Path
    paged: list[Any]
    """What the pager was told."""


def require(program: str) -> None:
    """Skip the test where it is missing; in CI fail."""
    if shutil.which(program) is None and os.environ.get("CI"):
        pytest.fail(f"{program} is missing in CI, though it is in .ci/debian-packages")
    if shutil.which(program) is None:
        pytest.skip(f"{program} is missing: apt-get install {program}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    require("prometheus")
    require("prometheus-alertmanager")
    folder = tmp_path_factory.mktemp("world")
    service, paged = Service(folder / "flag", folder / "dead"), list[Any]()
    with ExitStack() as stack:
        page = stack.enter_context(serving(lambda _: service.page()))
        pager = stack.enter_context(serving(lambda body: heard(paged, body)))
        manager = stack.enter_context(alertmanager(folder, f"http://{pager}"))
        data = folder / "prometheus"
        data.mkdir()
        backfill(data, past())
        monitor = Monitor([page], job="calm", folder=data, rules=RULES, alertmanager=manager)
        stack.enter_context(monitor)
        yield World(monitor, f"http://{manager}", service.flag, service.dead, page, folder, paged)


def heard(paged: list[Any], body: bytes) -> str:
    """What the pager answers."""
    paged.append(json.loads(body))
    return "ok"


@contextmanager
def serving(answer: Callable[[bytes], str | None]) -> Iterator[str]:
    """A server on loopback that answers every body with a text, or 503 without one, as host:port."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            body = (said or "").encode()
            self.send_response(200 if said is not None else 503)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Nothing to be told."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
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

    def __init__(self, folder: Path, pager: str = "http://127.0.0.1:9") -> None:
        self.folder = folder
        self.pager = pager

    def __enter__(self) -> str:
        program = shutil.which("prometheus-alertmanager") or "prometheus-alertmanager"
        config = self.folder / "alertmanager.yml"
        config.write_text(json.dumps(routes(self.pager)))
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


def silences(url: str) -> list[Any]:
    """Those of an Alertmanager that are not over."""

    async def asked() -> list[Any]:
        async with open_alertmanager(AlertmanagerServer(url=url)) as client:
            return await client.silences()

    return [one for one in anyio.run(asked) if one["status"]["state"] != "expired"]


def end_silences(url: str) -> None:
    """All of them."""
    for one in silences(url):
        end(AlertmanagerServer(url=url), one["createdBy"])
