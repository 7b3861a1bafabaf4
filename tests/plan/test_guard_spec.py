"""Which guards an experiment has, before it begins."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.errors import SeatrialError
from seatrial.plan.guard_spec import GuardSpec, guards_of
from tests.run.runs import written


def guards(folder: Path, slis: dict[str, JsonValue], **more: JsonValue) -> list[GuardSpec]:
    experiment: dict[str, JsonValue] = {
        "title": "Guards",
        "hypothesis": "Enough of them.",
        "slis": slis,
        "load": {"requests": [{"path": "/"}], "host": "http://127.0.0.1:1", "rate": "10/s"},
        **more,
    }
    return list(guards_of(written(folder, experiment).experiment, {}))


@pytest.mark.parametrize(
    ("sli", "text"),
    [
        ({"load": "success_ratio", "objective": ">= 99.9%"}, "it >= 99 %"),
        ({"load": "success_ratio", "objective": ">= 99.9%", "under_fault": ">= 90%"}, "it >= 90 %"),
        ({"load": "error_ratio", "objective": "<= 0.1%"}, "it <= 5 %"),
        ({"load": "error_ratio", "objective": "<= 0.1%", "under_fault": "<= 20%"}, "it <= 20 %"),
        ({"load": "p95", "objective": "< 300 ms"}, "it <= 2x baseline, at least 300 ms"),
        (
            {"load": "p95", "objective": "< 300 ms", "under_fault": "< 2 s"},
            "it <= 2x baseline, at least 2000 ms",
        ),
        ({"load": "p95", "objective": "< 1 s", "under_fault": "<= 1.5x baseline"}, "it <= 2x baseline"),
        ({"load": "p95", "objective": "< 1 s", "under_fault": "<= 4x baseline"}, "it <= 4x baseline"),
        ({"scripted": {"script": {"0 s": 1}}, "objective": "value == 1"}, "it value == 1"),
        ({"scripted": {"script": {"0 s": 1}}, "objective": "value < 9"}, None),
        ({"load": "error_ratio", "objective": "<= 1%", "under_fault": "<= 2x baseline"}, None),
    ],
)
def test_default_guards_are_never_tighter_than_the_hypothesis(
    tmp_path: Path, sli: JsonValue, text: str | None
) -> None:
    found = guards(tmp_path, {"it": sli})
    assert [guard.text for guard in found] == ([text] if text else [])
    assert all(guard.source == "default" for guard in found)


SLIS: dict[str, JsonValue] = {
    "availability": {"load": "success_ratio", "objective": ">= 99%"},
    "latency": {"load": "p95", "objective": "< 300 ms"},
    "status": {"scripted": {"script": {"0 s": 1}}, "objective": "value == 1", "deviates_at": "4 of 6"},
}


def test_stop_when_says_the_opposite_and_takes_the_place_of_the_default(tmp_path: Path) -> None:
    found = guards(tmp_path, SLIS, stop_when=["availability < 90%", "status.value != 1"])
    assert [(guard.text, guard.source) for guard in found] == [
        ("availability >= 90 %", "stop_when"),
        ("status value == 1", "stop_when"),
        ("latency <= 2x baseline, at least 300 ms", "default"),
    ]
    assert [guard.in_a_row for guard in found if guard.sli == "status"] == [4]


def test_without_default_guards_only_the_own_ones(tmp_path: Path) -> None:
    found = guards(tmp_path, SLIS, stop_when=["latency > 2 s"], default_guards=False)
    assert [guard.text for guard in found] == ["latency <= 2000 ms"]


def test_what_is_required_is_guarded(tmp_path: Path) -> None:
    requires: JsonValue = {"no_alert": {"scripted": {"script": {"0 s": 0}}, "objective": "value == 0"}}
    found = guards(tmp_path, {} | {"status": SLIS["status"]}, requires=requires, stop_when=["no_alert > 3"])
    assert [(guard.text, guard.source) for guard in found] == [
        ("no_alert <= 3", "stop_when"),
        ("no_alert value == 0", "requires"),
        ("status value == 1", "default"),
    ]


def test_a_requirement_knows_no_baseline(tmp_path: Path) -> None:
    requires: JsonValue = {"neighbour": {"load": "p95", "objective": "< 1 s"}}
    with pytest.raises(SeatrialError, match=r"`neighbour` is required during that too") as raised:
        guards(tmp_path, SLIS, requires=requires, stop_when=["neighbour > 2x baseline"])
    assert "give an absolute bound" in (raised.value.hint or "")
