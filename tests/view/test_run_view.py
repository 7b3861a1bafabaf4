from collections.abc import Callable

import pytest
from msgspec.structs import replace

from seatrial.journal.entries import GuardBreached, Phase, UndoResult
from seatrial.record import Event, RunRecord
from seatrial.testing.journals import Story
from seatrial.view import RunView
from seatrial.view.strip import State

RunOf = Callable[[Story], RunRecord]


def test_a_fault_lasts_from_its_injection_to_its_undo(run_of: RunOf) -> None:
    record = run_of(Story.PASSED)
    pause, kill = RunView(record).faults
    assert pause.aim == "2 of 4 targets (50 %)"
    assert pause.schedule == "for 7.2 s in 2 stages"
    assert kill.schedule == "6 s into the fault phase, for 6 s"
    assert pause.held_s is not None
    begin_s, end_s = pause.held_s
    window = record.fault_window
    assert window is not None
    assert window[0] <= begin_s < end_s <= window[1]
    assert [count for _, _, count in pause.steps()] == [1, 2, 1]
    assert pause.undo_took_s == pytest.approx(0.35)


def test_an_open_fault_lasts_to_the_end(run_of: RunOf) -> None:
    record = run_of(Story.UNDO_INCOMPLETE)
    view = RunView(record)
    (open_target,) = [target for fault in view.faults for target in fault.open]
    assert open_target.is_bad
    assert open_target.held_s is not None
    assert open_target.held_s[1] == record.duration_s
    assert view.undo_took_s is None
    assert dict(view.facts())["All undone in"] == "NOT all undone"


def test_the_actual_blast_radius_is_counted_not_planned(run_of: RunOf) -> None:
    at_once, share, exposed = RunView(run_of(Story.INTERRUPTED)).blast
    assert (at_once.planned, at_once.actual, at_once.is_within) == ("3", "2", True)
    assert (share.planned, share.actual) == ("50 %", "50 %")
    assert exposed.planned == "12 s"
    assert exposed.actual == "5.1 s"
    none = RunView(run_of(Story.NO_BASELINE)).blast
    assert [line.actual for line in none] == ["0", "0 %", "0 ms"]


def test_a_blast_beyond_what_is_allowed_is_told(run_of: RunOf) -> None:
    record = run_of(Story.PASSED)
    assert record.plan.blast is not None
    tight = record.plan.model_copy(update={"blast": record.plan.blast.model_copy(update={"max_targets": 2})})
    assert [line.is_within for line in RunView(replace(record, plan=tight)).blast] == [False, True, True]


def test_one_target_with_two_faults_counts_once(run_of: RunOf) -> None:
    record = run_of(Story.PASSED)
    target = record.faults[0].planned.target
    same = tuple(
        replace(fault, planned=fault.planned.model_copy(update={"target": target})) for fault in record.faults
    )
    assert RunView(replace(record, faults=same)).blast[0].actual == "1"


def test_guards_are_told_with_what_broke(run_of: RunOf) -> None:
    view = RunView(run_of(Story.GUARD))
    lines = {line.text: line for line in view.guards()}
    assert "35 % of 210 events were bad" in lines["availability >= 95 %"].broke
    assert lines["errors <= 5 %"].broke == ""
    blind = GuardBreached(guard="latency unseen", sli="latency", reason="unknown for 10 s")
    more = replace(view.record, breaches=(*view.record.breaches, (1.0, blind)))
    assert [line.source for line in RunView(more).guards()] == ["stop_when", "default", "built in"]


def test_limits_tell_what_the_run_does_not_show(run_of: RunOf) -> None:
    blind = " ".join(RunView(run_of(Story.BLIND)).limits)
    assert "availability: 7 of 30 readings are unknown: connection refused." in blind
    assert "The load generator was the limit: " in blind
    died = " ".join(RunView(run_of(Story.DIED)).limits)
    assert "the guardian took over" in died
    assert "process.pause was tried on 2 of 4 targets: nothing is known of the other 2." in died


def test_a_closed_model_is_told_with_what_it_hides(run_of: RunOf) -> None:
    record = run_of(Story.PASSED)
    open_limits = " ".join(RunView(record).limits)
    assert "coordinated omission" not in open_limits
    experiment = {**record.plan.experiment, "load": {"users": 20}}
    closed = replace(record, plan=record.plan.model_copy(update={"experiment": experiment}))
    view = RunView(closed)
    assert "coordinated omission" in " ".join(view.limits)
    assert dict(view.load.facts())["Model"] == "closed: users wait for answers"
    assert [plot.id for plot in view.load_plots] == ["load-rate", "load-cpu"]


def test_a_journal_cut_short_is_told(run_of: RunOf) -> None:
    cut = replace(run_of(Story.PASSED), ended=None, torn_bytes=17)
    limits = RunView(cut).limits
    assert limits[0].startswith("The journal has no end")
    assert limits[1] == "The last 17 bytes of the journal were cut short by a crash."


def test_no_load_is_told(run_of: RunOf) -> None:
    record = run_of(Story.PASSED)
    view = RunView(replace(record, load=(), plan=record.plan.model_copy(update={"load": ""})))
    assert any(limit.startswith("There was no load of its own") for limit in view.limits)
    assert view.load_plots == ()
    assert list(view.load.facts()) == []


def test_foreign_changes_and_unseen_effects_are_told(run_of: RunOf) -> None:
    record = run_of(Story.PASSED)
    first = record.faults[0]
    assert first.undo is not None
    foreign = replace(
        first, effect_seen=None, undo=first.undo.model_copy(update={"result": UndoResult.FOREIGN})
    )
    limits = " ".join(RunView(replace(record, faults=(foreign, *record.faults[1:]))).limits)
    assert "1 target changed by somebody else: undo left that alone." in limits
    assert "not looked at on 1 target." in limits


def test_levels_follow_the_objective_of_each_phase(run_of: RunOf) -> None:
    view = RunView(run_of(Story.FAILED))
    plot = view.plots[1]
    objectives = [level for level in plot.levels if level.kind == "objective"]
    assert [level.label.split()[0] for level in objectives] == ["<", "<=", "<"]
    assert "(2x baseline)" in objectives[1].label
    baseline = view.slis[1].baseline
    assert baseline is not None
    assert view.slis[1].bound(view.slis[1].objective(Phase.FAULT)) == pytest.approx(2 * baseline)


def test_a_strip_judges_each_reading_by_its_phase(run_of: RunOf) -> None:
    view = RunView(run_of(Story.GUARD))
    healthy = next(lane for lane in view.timeline.sli_lanes if lane.name == "healthy")
    states = [run.state for run in healthy.runs]
    assert states == [State.MET, State.MISSED, State.MET]
    assert view.plots[2].runs == healthy.runs
    assert view.plots[2].note.startswith("seen: 200 (")
    assert view.slis[2].cells[0].value == "200 (8 times)"
    assert " and 503 (" in view.slis[2].cells[1].value


def test_what_is_unknown_is_marked_and_not_drawn_over(run_of: RunOf) -> None:
    view = RunView(run_of(Story.BLIND))
    (band,) = view.plots[1].unknown
    assert view.plots[1].curves[0].d.count("M") == 2
    fault = view.scene.faults[0]
    assert fault.at < band.at < band.at + band.width <= fault.at + fault.width + 2


def test_after_a_takeover_everything_is_unseen(run_of: RunOf) -> None:
    view = RunView(run_of(Story.DIED))
    assert [mark.label for mark in view.scene.marks()] == ["guardian"]


def test_many_events_alike_are_shortened(run_of: RunOf) -> None:
    record = run_of(Story.PASSED)
    many = tuple(Event(float(number), "applied", f"injected {number}") for number in range(1000))
    events = RunView(replace(record, events=(*record.events[:2], *many, record.events[-1]))).events
    assert [event.text for event in events[2:7]] == [
        "injected 0",
        "injected 1",
        "injected 2",
        "injected 3",
        "… and 996 more of this kind, until 16:39.0",
    ]
    assert len(events) == 2 + 5 + 1


def test_breaches_are_never_shortened(run_of: RunOf) -> None:
    loud = tuple(Event(float(number), "guard_breached", f"broke {number}") for number in range(50))
    assert len(RunView(replace(run_of(Story.PASSED), events=loud)).events) == 50


def test_the_run_id_is_quoted_for_the_shell(run_of: RunOf) -> None:
    view = RunView(replace(run_of(Story.UNDO_INCOMPLETE), run_id="a b; rm"))
    assert view.rollback_command == "seatrial rollback 'a b; rm'"


def test_signals_of_the_environment_are_shown_and_judge_nothing(run_of: RunOf) -> None:
    record = run_of(Story.PASSED)
    view = RunView(replace(record, slis=record.slis[:4], requires=record.slis[4:]))
    assert [lane.name for lane in view.timeline.sli_lanes] == [series.spec.name for series in record.slis]
    assert [plot.id for plot in view.plots] == [f"sli-{number}" for number in range(1, 6)]
    assert {one.sli for one in view.verdict.objectives} == {series.spec.name for series in record.slis[:4]}
    assert [part.name for part in view.document.requires] == [record.slis[4].spec.name]
