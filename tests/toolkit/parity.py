"""One experiment run by `chaos run` and by `seatrial run`, and what both have to say, side by side."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.toolkit.cases import Case

DRIVERS: Final = Path(__file__).parent / "drivers"
CHAOS: Final = [str(Path(sys.executable).parent / "chaos"), "--no-version-check", "--no-log-file", "run"]
SEATRIAL: Final = [sys.executable, "-m", "seatrial", "run"]
_TOLD: Final = re.compile(r"unlike `chaos run`: .* \(([a-z-]+)\)$", re.MULTILINE)
_LEAKED: Final = re.compile(r"\.experiment\.configuration\.[^.]+\.provider\.secrets$")
"""What chaoslib writes into the experiment, and so into the journal, for every dynamic configuration."""
FIELDS: Final[dict[str, set[str]]] = {
    "rollbacks-always": {"rollbacks", "log"},
    "no-rollback-without-method": {"rollbacks", "log"},
    "rollback-tried-again": {"log"},
    "every-check-counts": {"deviated"},
}
"""What a difference may change beside the exit code; all others change that alone."""
ENDS_CHAOS: Final = {"float-tolerance", "raising-is-unknown"}
"""Differences with which the Chaos Toolkit may have come to no journal at all."""


@dataclass(frozen=True)
class Seen:
    """What one of them did and said."""

    code: int
    journal: dict[str, Any] | None
    """None: it wrote none."""
    log: list[str]
    said: str

    @property
    def facts(self) -> dict[str, Any] | None:
        return facts_of(self.journal) if self.journal is not None else None

    @property
    def told(self) -> set[str]:
        """The differences that it names."""
        return set(_TOLD.findall(self.said))


class _Handler(http.server.BaseHTTPRequestHandler):
    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        name, _, rest = self.path.strip("/").partition("/")
        if name == "slow":
            threading.Event().wait(1)
        status = int(rest) if name == "status" else 200
        told = {"path": self.path, "method": self.command, "body": body, "trial": self.headers.get("X-Trial")}
        text = {"json": '{"a": 1}', "text": "from http", "echo": json.dumps(told)}.get(name, "")
        self.send_response(status)
        kind = {"text": "text/plain", "json": "application/json", "echo": "application/json"}
        self.send_header("Content-Type", kind.get(name, "text/html"))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = _answer  # noqa: N815  names that the server looks for

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def server() -> Iterator[str]:
    """An HTTP server on loopback; its URL."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as one:
        one.daemon_threads = False
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{one.server_port}"
        finally:
            one.shutdown()
            thread.join()


def run(case: Case, command: list[str], folder: Path, url: str) -> Seen:
    """Run a case in a folder of its own."""
    folder.mkdir()
    (folder / "experiment.json").write_text(json.dumps(case.file).replace("{url}", url))
    for name, text in case.files.items():
        (folder / name).write_text(text)
    environment = {
        **{key: value for key, value in os.environ.items() if key not in case.environment},
        "PYTHONPATH": str(DRIVERS),
        "TRIAL_LOG": str(folder / "log"),
        "SEATRIAL_LOCKS": str(folder / "locks"),
        "HOME": str(folder),
        **case.environment,
    }
    done = subprocess.run(
        [*command, *case.options, "--journal-path", "out.json", "experiment.json"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    journal = folder / "out.json"
    log = folder / "log"
    return Seen(
        done.returncode,
        json.loads(journal.read_text()) if journal.exists() else None,
        log.read_text().splitlines() if log.exists() else [],
        done.stdout + done.stderr,
    )


def facts_of(journal: dict[str, Any]) -> dict[str, Any]:
    """What has to be the same in both journals."""
    states = journal["steady_states"]
    return {
        "title": journal["experiment"]["title"],
        "status": journal["status"],
        "deviated": journal["deviated"],
        "before": _state(states["before"]),
        "after": _state(states["after"]),
        "during": [_state(state) for state in states["during"]],
        "run": [_run(one) for one in journal["run"]],
        "rollbacks": [_run(one) for one in journal["rollbacks"]],
    }


def _state(state: dict[str, Any] | None) -> Any:
    if state is None:
        return None
    probes = [{**_run(one), "met": one.get("tolerance_met")} for one in state["probes"]]
    return {"met": state["steady_state_met"], "probes": probes}


def _run(run: dict[str, Any]) -> dict[str, Any]:
    exception = (run.get("exception") or [""])[-1].strip()
    return {
        "name": run["activity"].get("name"),
        "status": run.get("status"),
        "output": _output(run.get("output")),
        "exception": re.sub(r"0x[0-9a-f]+", "0x", exception),
    }


def _output(output: Any) -> Any:
    """Without the time of day."""
    if isinstance(output, dict) and "headers" in output:
        return {**output, "headers": {k: v for k, v in output["headers"].items() if k != "Date"}}
    return output


def differing(theirs: Seen, ours: Seen, *, in_order: bool) -> set[str]:
    """The names of the facts that are not the same."""
    if theirs.facts is None or ours.facts is None:
        return {"journal"}
    found = {key for key, value in theirs.facts.items() if ours.facts[key] != value}
    both = (theirs.log, ours.log) if in_order else (sorted(theirs.log), sorted(ours.log))
    return found | ({"log"} if both[0] != both[1] else set())


def lacking(theirs: Any, ours: Any, way: str = "") -> Iterator[str]:
    """Where our journal is not of the same form: a key that is not there, another type, another length.

    `chaos report`, and whatever else reads journals, reads all of it.
    """
    if type(theirs) is not type(ours):
        yield way
    elif isinstance(theirs, dict):
        for key, value in theirs.items():
            if key in ours:
                yield from lacking(value, ours[key], f"{way}.{key}")
            elif not _LEAKED.match(f"{way}.{key}"):
                yield f"{way}.{key}"
    elif isinstance(theirs, list):
        if len(theirs) != len(ours):
            yield way
        for index, (their, our) in enumerate(zip(theirs, ours, strict=False)):
            yield from lacking(their, our, f"{way}[{index}]")
