"""What a plan says of its sample sizes: the exact numbers, and what would suffice."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.plan.plan import Plan
from seatrial.plan.resolve import make_plan
from tests.run.runs import written

FAULT: dict[str, JsonValue] = {
    "action": "testing.marker",
    "with": {"folder": "/nowhere"},
    "targets": {"endpoint": {"addresses": ["127.0.0.1:1"]}},
    "for": "60 s",
}
CAPS: dict[str, JsonValue] = {"max_targets": 1, "max_share": "100%", "max_duration": "10 min"}


def planned(folder: Path, sli: JsonValue, **more: JsonValue) -> Plan:
    """With 10 requests a second, a minute of baseline and a minute of fault, unless told otherwise."""
    experiment: dict[str, JsonValue] = {
        "title": "Samples",
        "hypothesis": "Enough of them.",
        "slis": {"it": sli},
        "load": {"requests": [{"path": "/"}], "host": "http://127.0.0.1:1", "rate": "10/s"},
        "baseline": "60 s",
        "faults": [FAULT],
        "blast_radius": CAPS,
        **more,
    }
    return make_plan(written(folder, experiment), seed=1)


@pytest.mark.parametrize(
    ("metric", "objective", "needed"),
    [
        ("success_ratio", ">= 95%", 59),
        ("success_ratio", ">= 99%", 299),
        ("success_ratio", ">= 99.9%", 2995),
        ("error_ratio", "<= 1%", 299),
        ("p50", "< 1 s", 5),
        ("p95", "< 1 s", 59),
        ("p99", "< 1 s", 299),
    ],
)
def test_the_fewest_that_can_pass(tmp_path: Path, metric: str, objective: str, needed: int) -> None:
    plan = planned(tmp_path, {"load": metric, "objective": objective})
    assert [(size.phase, size.expected, size.needed) for size in plan.samples] == [
        ("baseline", 600, needed),
        ("fault", 600, needed),
    ]
    assert bool(plan.refusals) == (needed > 600)


def test_what_cannot_be_decided_is_refused_with_what_would_suffice(tmp_path: Path) -> None:
    plan = planned(tmp_path, {"load": "success_ratio", "objective": ">= 99.9%"})
    assert plan.refusals == (
        "it `>= 99.9%` cannot be decided in the baseline: 600 samples in 60 s, but 2995 are needed even if "
        "nothing fails; watch for 5 min, or raise the load to 50/s",
        "it `>= 99.9%` cannot be decided in the fault: 600 samples in 60 s, but 2995 are needed even if "
        "nothing fails; watch for 5 min, or raise the load to 50/s",
    )


def test_exactly_enough_is_enough(tmp_path: Path) -> None:
    sli: JsonValue = {"load": "success_ratio", "objective": ">= 99%"}
    load: dict[str, JsonValue] = {"requests": [{"path": "/"}], "host": "http://127.0.0.1:1"}
    enough = planned(tmp_path, sli, load={**load, "rate": "4.984/s"})
    assert (enough.samples[0].expected, enough.refusals) == (299, ())
    too_few = planned(tmp_path, sli, load={**load, "rate": "4.983/s"})
    assert too_few.samples[0].expected == 298
    assert len(too_few.refusals) == 2


def test_what_never_can_be_shown(tmp_path: Path) -> None:
    plan = planned(tmp_path, {"load": "success_ratio", "objective": ">= 100%"})
    assert "can never be shown to hold, however long it is watched" in plan.refusals[0]
    assert plan.samples[0].needed is None


def test_values_need_a_whole_window_of_readings(tmp_path: Path) -> None:
    sli: dict[str, JsonValue] = {"scripted": {"script": {"0 s": 1}}, "objective": "== 1"}
    plan = planned(tmp_path, sli, baseline="4 s")
    assert [(size.expected, size.needed) for size in plan.samples] == [(4, 5), (60, 5)]
    assert plan.refusals == (
        "it `== 1` cannot be decided in the baseline: 4 samples in 4 s, but 5 are needed even if nothing "
        "fails; watch for 5 s",
    )
    assert not planned(tmp_path, {**sli, "deviates_at": "2 of 3"}, baseline="4 s").refusals
    assert not planned(tmp_path, sli, baseline="4 s", interval="500 ms").refusals


def test_relative_to_the_baseline(tmp_path: Path) -> None:
    relative: JsonValue = {"load": "p95", "objective": "< 1 s", "under_fault": "<= 2x baseline"}
    plan = planned(tmp_path, relative)
    needed = plan.samples[1].needed
    assert needed is not None
    assert 59 < needed < 600
    assert not plan.refusals
    short = planned(tmp_path, relative, baseline="6 s")
    assert any("cannot be decided in the fault" in refusal for refusal in short.refusals)


def test_a_profile_counts_second_by_second(tmp_path: Path) -> None:
    steps: JsonValue = [{"rate": "100/s", "for": "30 s"}, {"rate": "5/s", "for": "30 s"}]
    for warm_up, expected in (("0 s", 3000 + 30 * 5), ("20 s", 1000 + 50 * 5)):
        load: JsonValue = {
            "requests": [{"path": "/"}],
            "host": "http://127.0.0.1:1",
            "profile": steps,
            "warm_up": warm_up,
        }
        plan = planned(tmp_path, {"load": "success_ratio", "objective": ">= 99%"}, load=load)
        assert plan.samples[0].expected == expected


def test_only_the_run_can_tell_how_much_a_closed_model_sends(tmp_path: Path) -> None:
    load: JsonValue = {"requests": [{"path": "/"}], "host": "http://127.0.0.1:1", "users": 5}
    plan = planned(tmp_path, {"load": "success_ratio", "objective": ">= 99.9%"}, load=load)
    assert [(size.expected, size.needed) for size in plan.samples] == [(None, 2995)] * 2
    assert not plan.refusals


def test_only_times_with_a_fault_count(tmp_path: Path) -> None:
    """Two faults of 20 s, with 30 s before and 40 s between them, and one beside the second."""
    faults: list[JsonValue] = [{**FAULT, "at": at, "for": "20 s"} for at in ("30 s", "90 s", "95 s")]
    plan = planned(tmp_path, {"load": "success_ratio", "objective": ">= 99%"}, faults=faults)
    assert plan.fault_s == 115
    assert plan.samples[1].expected == 450


def test_an_aa_run_is_not_refused(tmp_path: Path) -> None:
    sli: JsonValue = {"load": "success_ratio", "objective": ">= 99.9%"}
    planned(tmp_path, sli)
    from seatrial.files.experiment_file import read_experiment
    from tests.run.runs import TESTING_PACK

    file = read_experiment(tmp_path / "experiment.json", packs=[TESTING_PACK])
    assert make_plan(file, seed=1, control=True).refusals == ()
