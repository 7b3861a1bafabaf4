import pytest

from seatrial.view.strip import Run, State, strip


def test_runs_of_equal_readings_are_one() -> None:
    states = [(second, second + 1.0, second < 5) for second in range(10)]
    assert strip(states, 10.0) == [Run(0, 50, State.MET), Run(50, 50, State.MISSED)]


def test_where_many_fall_into_one_column_the_worst_is_shown() -> None:
    odd: dict[int, bool | None] = {20_000: None, 50_000: False}
    states = [(float(second), second + 1.0, odd.get(second, True)) for second in range(100_000)]
    runs = strip(states, 100_000.0)
    assert [run.state for run in runs] == [State.MET, State.UNKNOWN, State.MET, State.MISSED, State.MET]
    assert runs[3].begin == pytest.approx(50.0)
    assert sum(run.width for run in runs) == pytest.approx(100)


def test_what_was_never_read_is_left_out() -> None:
    assert strip([(0.0, 1.0, True), (9.0, 10.0, True)], 10.0) == [
        Run(0, 10, State.MET),
        Run(90, 10, State.MET),
    ]
    assert strip([], 10.0) == []


def test_a_late_reading_leaves_no_hole() -> None:
    assert strip([(0.0, 1.0, True), (1.3, 2.3, True)], 2.3) == [Run(0, 100, State.MET)]


def test_unknown_is_worse_than_met_and_better_than_missed() -> None:
    assert strip([(0.0, 1.0, True), (0.0, 1.0, None)], 1.0)[0].state is State.UNKNOWN
    assert strip([(0.0, 1.0, False), (0.0, 1.0, None)], 1.0)[0].state is State.MISSED
