import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from seatrial.reading import Latency
from seatrial.record import RunRecord
from seatrial.testing.journals import Story
from seatrial.view.document import ReportDocument, report_schema
from tests.reports.conftest import HOSTILE_RUNS, Render
from tests.tidy.source import ROOT

RunOf = Callable[..., RunRecord]
PUBLISHED = ROOT / "docs" / "reference" / "report.schema.json"
REGENERATE = "run `python -m seatrial.view.document > docs/reference/report.schema.json`"


def parsed(render: Render, record: RunRecord) -> dict[str, Any]:
    return dict(json.loads(render("json", record)))


def test_the_published_schema_is_current() -> None:
    assert json.loads(PUBLISHED.read_text()) == report_schema(), REGENERATE


def test_the_schema_describes_its_parts() -> None:
    schema = report_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["schema"]["enum"] == ["seatrial.report/1"]  # type: ignore[index]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(("story", "words"), [*((story, "") for story in Story), *HOSTILE_RUNS])
def test_every_run_keeps_to_the_published_schema(
    story: Story, words: str, run_of: RunOf, render: Render
) -> None:
    validator = Draft202012Validator(json.loads(PUBLISHED.read_text()))
    report = parsed(render, run_of(story, words))
    assert [error.message for error in validator.iter_errors(report)] == []
    assert report["schema"] == "seatrial.report/1"
    assert list(validator.iter_errors({**report, "more": 1}))


def test_it_holds_the_whole_evidence(run_of: RunOf, render: Render) -> None:
    record = run_of(Story.GUARD)
    report = parsed(render, record)
    assert report["verdict"]["outcome"] == "failed"
    assert report["verdict"]["exit_code"] == 1
    assert len(report["objectives"]) == 30
    assert report["run"]["plan_sha256"] == record.plan.digest
    assert report["plan"]["seed"] == record.plan.seed
    assert report["stop"]["why"] == "guard"
    assert [fault["action"] for fault in report["faults"]] == ["process.pause", "process.kill"]
    assert len(report["events"]) == len(record.events)
    for series, part in zip(record.slis, report["slis"], strict=True):
        columns = [part[name] for name in ("begin_s", "end_s", "value", "events", "bad")]
        assert {len(column) for column in columns} == {len(series.points)}
        assert part["value"] == [series.value(point.reading) for point in series.points]
    load = report["load"]
    assert sum(load["ended"]) == sum(load["ended_by_name"].values())
    assert sum(load["failed"]) == sum(load["failed_by_name"].values()) == sum(load["errors"].values()) > 0


def test_histograms_hold_every_duration_of_their_phase(run_of: RunOf, render: Render) -> None:
    from seatrial.histogram import decode
    from seatrial.journal.entries import Phase

    record = run_of(Story.PASSED)
    part = next(part for part in parsed(render, record)["slis"] if part["name"] == "latency_p95")
    series = next(series for series in record.slis if series.spec.name == "latency_p95")
    for phase in (Phase.BASELINE, Phase.FAULT, Phase.RECOVERY):
        readings = record.readings(series, phase)
        wanted = sum(reading.durations.total for reading in readings if isinstance(reading, Latency))
        assert decode(part["histograms"][phase]).get_total_count() == wanted > 0


def test_what_is_unknown_is_null_with_its_reason(run_of: RunOf, render: Render) -> None:
    part = parsed(render, run_of(Story.BLIND))["slis"][0]
    assert part["unknown"]
    for one in part["unknown"]:
        assert part["value"][one["index"]] is None
        assert one["reason"] == "connection refused"
    assert sum(value is None for value in part["value"]) == len(part["unknown"])


def test_it_reads_back(run_of: RunOf, render: Render) -> None:
    text = render("json", run_of(Story.DIED))
    assert ReportDocument.model_validate_json(text).model_dump_json(by_alias=True) == text.strip()


def test_our_json_module_hides_nobody_elses() -> None:
    """reports/json.py and reports/html.py are loaded by path, under private names."""
    import html
    import json as standard

    from seatrial.pack import load_packs

    report = load_packs().reports["json"]
    assert report.__module__.startswith("seatrial_pack_")
    assert standard.dumps({"a": 1}) == '{"a": 1}'
    assert html.escape("<") == "&lt;"
