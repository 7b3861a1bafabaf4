"""The saboteur: strikes a run from within, at the very moment at which it writes a line of its journal.

Put in front of a run's PYTHONPATH, Python imports this before anything else; see `seatrial.testing.live_run`.
It stands at the border to the operating system, `os.write` and `os.fdatasync`, and knows nothing of Seatrial
but the journal's format. `$SEATRIAL_SABOTAGE` holds JSON:

    {"kind": "applied", "nth": 1, "when": "before", "signal": 9, "roles": ["guardian", "runner"]}
    {"kind": "applied", "nth": 1, "when": "before", "errno": 5}      from this line on nothing can be written
"""

import contextlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

VARIABLE = "SEATRIAL_SABOTAGE"
JOURNAL = "journal.jsonl"
_READY = re.compile(rb'"kind":"guardian_ready","guardian":\{"pid":(\d+)[^}]*\},"fuse":\{"pid":(\d+)')
_KIND = re.compile(rb'"entry":\{"kind":"(\w+)"')


class Saboteur:
    """Counts the lines of one kind, and strikes at the n-th."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._seen = 0
        self._is_broken = False
        self._guardian = self._fuse = 0
        self._write, self._fdatasync = os.write, os.fdatasync

    def write(self, descriptor: int, data: bytes) -> int:
        if not _is_journal(descriptor):
            return self._write(descriptor, data)
        if ready := _READY.search(bytes(data)):
            self._guardian, self._fuse = int(ready[1]), int(ready[2])
        found = _KIND.findall(bytes(data)).count(self._plan["kind"].encode())
        strikes = self._seen < self._plan["nth"] <= self._seen + found
        self._seen += found
        if strikes and self._plan["when"] == "before":
            self._strike()
        self._fail_if_broken()
        written = self._write(descriptor, data)
        if strikes and self._plan["when"] == "after":
            self._strike()
        return written

    def fdatasync(self, descriptor: int) -> None:
        if _is_journal(descriptor):
            self._fail_if_broken()
        self._fdatasync(descriptor)

    def _strike(self) -> None:
        self._is_broken = "errno" in self._plan
        if "signal" in self._plan:
            pids = {"runner": os.getpid(), "guardian": self._guardian, "fuse": self._fuse}
            for role in self._plan["roles"]:  # the runner, which this is, comes last
                if pids[role]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pids[role], self._plan["signal"])

    def _fail_if_broken(self) -> None:
        if self._is_broken:
            raise OSError(self._plan["errno"], os.strerror(self._plan["errno"]))


def _path(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def _is_journal(descriptor: int) -> bool:
    try:
        return _path(descriptor).name == JOURNAL
    except OSError:
        return False


if VARIABLE in os.environ and "run" in sys.orig_argv:
    saboteur = Saboteur(json.loads(os.environ[VARIABLE]))
    os.write, os.fdatasync = saboteur.write, saboteur.fdatasync  # type: ignore[assignment]
