"""The journal as the Chaos Toolkit writes it, for `chaos report` and other readers: a function of ours."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from seatrial.journal.script_entries import Section
from seatrial.model.record import write_json
from seatrial.record import RunRecord
from seatrial.versions import versions_of


def chaos_journal(record: RunRecord) -> dict[str, Any]:
    """`journal.json` of a run."""
    begin = datetime.fromisoformat(record.started.began_at)
    ended = record.script_ended
    checks = {
        section: _states(record, section) for section in (Section.BEFORE, Section.DURING, Section.AFTER)
    }
    return {
        "chaoslib-version": versions_of(["chaostoolkit-lib"])["chaostoolkit-lib"],
        "platform": record.started.host["system"],
        "node": record.started.host["name"],
        "experiment": {**record.plan.experiment, **_dry(record), **({"title": ended.title} if ended else {})},
        "start": begin.isoformat(),
        "status": ended.status if ended else "aborted",
        "deviated": ended.deviated if ended else False,
        "steady_states": {
            "before": next(iter(checks[Section.BEFORE]), None),
            "after": next(iter(checks[Section.AFTER]), None),
            "during": checks[Section.DURING],
        },
        "run": _in_order(record, Section.METHOD),
        "rollbacks": _in_order(record, Section.ROLLBACK),
        "end": (begin + timedelta(seconds=record.duration_s)).isoformat(),
        "duration": record.duration_s,
    }


def write_chaos_journal(record: RunRecord, *paths: Path) -> None:
    """Raises OSError."""
    text = msgspec.json.format(write_json(chaos_journal(record)), indent=2)
    for path in paths:
        path.write_bytes(text + b"\n")


def _dry(record: RunRecord) -> dict[str, str | None]:
    assert record.plan.script is not None
    return {"dry": record.plan.script.dry or None}


def _states(record: RunRecord, section: Section) -> list[dict[str, Any]]:
    """One a check: the runs of its probes, up to the one that did not hold."""
    runs = [performed.run for _, performed in record.performed if performed.section is section]
    found: list[dict[str, Any]] = []
    for check in (check for _, check in record.checks if check.section is section):
        mine, runs = runs[: len(check.probes)], runs[len(check.probes) :]
        probes = [
            {**run, "tolerance_met": probe.met is True}
            for run, probe in zip(mine, check.probes, strict=False)
        ]
        found.append({"steady_state_met": check.met is True, "probes": probes})
    return found


def _in_order(record: RunRecord, section: Section) -> list[dict[str, Any]]:
    """The runs in the order in which they began: as they are written. Of what was tried again, the last."""
    runs = {
        performed.index: performed.run for _, performed in record.performed if performed.section is section
    }
    return [runs[index] for index in sorted(runs)]
