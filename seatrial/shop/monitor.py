"""A real Prometheus that scrapes the shop, where one is on the machine."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from seatrial.shop.lifeline import wait_gone
from seatrial.shop.owner import ShopError

START_S_MAX = 15.0
END_S_MAX = 5.0
_LOOK_S = 0.02
_LISTENING = re.compile(r'msg="Listening on".* address=\S*?:(\d+)')
_TIED = (
    "import os, sys; from seatrial.shop.lifeline import die_with_parent_thread; "
    "die_with_parent_thread(int(sys.argv[1])); os.execv(sys.argv[2], sys.argv[2:])"
)
"""Starts a program that the kernel ends with whoever started it."""


def find_prometheus() -> Path | None:
    """The program, where it is installed."""
    found = shutil.which("prometheus", path=os.environ.get("PATH", "") + ":/usr/local/bin:/usr/bin")
    return Path(found) if found else None


def let_be_counted(front_port: int, monitor: "Monitor", within_s: float = START_S_MAX) -> None:
    """Send the shop requests until its counters are in the Prometheus: what nobody asked for has no counters.

    Raises ShopError where that takes longer.
    """
    deadline_s = time.monotonic() + within_s
    query = quote("count_over_time(http_requests_total[10s]) >= 3")
    while not monitor.knows(query):
        if time.monotonic() > deadline_s:
            raise ShopError("Prometheus has not scraped the shop")
        connection = http.client.HTTPConnection("127.0.0.1", front_port, timeout=2)
        with contextlib.closing(connection):
            connection.request("GET", "/products")
            connection.getresponse().read()
        threading.Event().wait(0.1)


class Monitor:
    """A Prometheus on a free loopback port, for as long as the context lasts, with all that it wrote.

    `addresses`: whom it scrapes, as `host:port`, every `every_s`, as one job. Entering raises ShopError where
    it is not installed or does not start.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        every_s: float = 1.0,
        job: str = "shop",
        folder: Path | None = None,
        arguments: Sequence[str] = (),
        port: int = 0,
        rules: Sequence[Mapping[str, object]] = (),
        alertmanager: str = "",
        labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """`labels`: by address, of all that is scraped there. `alertmanager`: host:port.

        `rules`: alerting rules as in its files, evaluated every `every_s`.

        `folder`: its data, kept afterwards; without it a temporary one. `arguments`: of the program.
        """
        self._addresses = list(addresses)
        self._every_s = every_s
        self._job = job
        self._given = folder
        self._arguments = list(arguments)
        self._rules = list(rules)
        self._labels = dict(labels or {})
        self._alertmanager = alertmanager
        self.port = port
        """0 before it has started, the same after it was started again."""

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Self:
        self._made = None if self._given else tempfile.TemporaryDirectory(prefix="seatrial-prometheus-")
        self.folder = self._given or Path(self._made.name)  # type: ignore[union-attr]  # one of them is there
        try:
            self.scrape(self._addresses)
            self.start()
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self._clear()

    def scrape(self, addresses: Sequence[str]) -> None:
        """From now on these."""
        fresh = self.folder / "targets.json.new"
        fresh.write_text(
            json.dumps([{"targets": [one], "labels": self._labels.get(one, {})} for one in addresses])
        )
        fresh.rename(self.folder / "targets.json")

    def start(self) -> None:
        """Start it, again after `end`, and wait until it answers; raises ShopError."""
        program = find_prometheus()
        if program is None:
            raise ShopError("there is no Prometheus on this machine: apt-get install prometheus")
        (self.folder / "prometheus.json").write_text(json.dumps(self._config()))
        groups = [{"name": "rules", "rules": self._rules}] if self._rules else []
        (self.folder / "rules.json").write_text(json.dumps({"groups": groups}))
        log = self.folder / "log"
        with log.open("wb") as told:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-c", _TIED, str(os.getpid()), str(program)),
                    f"--config.file={self.folder / 'prometheus.json'}",
                    f"--storage.tsdb.path={self.folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    *self._arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                start_new_session=True,  # a terminal's Ctrl-C is for the owner
            )
        try:
            self._await_ready(log)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End it, also when it is stopped; what it wrote stays."""
        with contextlib.suppress(ProcessLookupError):
            for number in (signal.SIGTERM, signal.SIGCONT):
                self._process.send_signal(number)
        wait_gone([self._process.pid], END_S_MAX)
        self._process.kill()
        self._process.wait()

    def knows(self, query: str) -> bool:
        """Whether a quoted instant query has a result."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        with contextlib.closing(connection):
            connection.request("GET", f"/api/v1/query?query={query}")
            return bool(json.loads(connection.getresponse().read())["data"]["result"])

    def _config(self) -> dict[str, object]:
        every = f"{round(self._every_s * 1000)}ms"
        scrape = {"job_name": self._job, "file_sd_configs": [{"files": [str(self.folder / "targets.json")]}]}
        timing = {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every}
        told = [{"static_configs": [{"targets": [self._alertmanager]}]}] if self._alertmanager else []
        return {
            "global": timing,
            "rule_files": [str(self.folder / "rules.json")],
            "alerting": {"alertmanagers": told},
            "scrape_configs": [scrape],
        }

    def _await_ready(self, log: Path) -> None:
        deadline_s = time.monotonic() + START_S_MAX
        wait = threading.Event().wait
        while time.monotonic() < deadline_s and self._process.poll() is None:
            found = _LISTENING.search(log.read_text(errors="replace"))
            if found is not None:
                self.port = int(found[1])
                if self._is_ready():
                    return
            wait(_LOOK_S)
        said = log.read_text(errors="replace").strip().splitlines()
        raise ShopError(f"Prometheus did not start: {said[-1] if said else 'it said nothing'}")

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        with contextlib.closing(connection):
            try:
                connection.request("GET", "/-/ready")
                return connection.getresponse().status == 200
            except OSError:
                return False

    def _clear(self) -> None:
        if self._made is not None:
            self._made.cleanup()
