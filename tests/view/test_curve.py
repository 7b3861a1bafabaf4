import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.view.curve import COLUMNS, Band, Sample, path, stretches, unseen

SAMPLES = st.lists(st.none() | st.floats(0, 100), min_size=1, max_size=400)


def by_second(values: list[float | None]) -> list[Sample]:
    return [Sample(float(second), second + 1.0, value) for second, value in enumerate(values)]


def drawn(d: str) -> list[list[tuple[float, float]]]:
    """The points of each part of a path."""
    parts: list[list[tuple[float, float]]] = []
    for command, numbers in re.findall(r"([MLVh])([-\d. ]+)", d):
        found = [float(number) for number in numbers.split()]
        if command == "M":
            parts.append([(found[0], found[1])])
        elif command == "L":
            parts[-1].append((found[0], found[1]))
        elif command == "V":
            parts[-1].append((parts[-1][-1][0], found[0]))
    return parts


def draw(samples: list[Sample], width: float) -> str:
    return path(
        [[(s.begin_s * width, s.value) for s in part if s.value is not None] for part in stretches(samples)]
    )


@given(SAMPLES, st.sampled_from([0.01, 0.2, 1.0, 7.0]))
def test_no_extreme_is_lost_and_nothing_is_added(values: list[float | None], width: float) -> None:
    """In every column the lowest and the highest value are drawn, first and last where they were."""
    samples = by_second(values)
    columns: dict[int, list[float]] = {}
    for sample in samples:
        if sample.value is not None:
            columns.setdefault(round(sample.begin_s * width), []).append(round(sample.value, 1))
    points = [point for part in drawn(draw(samples, width)) for point in part]
    seen: dict[int, list[float]] = {}
    for x, y in points:
        seen.setdefault(int(x), []).append(y)
    assert seen.keys() == columns.keys()
    for column, wanted in columns.items():
        assert min(seen[column]) == pytest.approx(min(wanted), abs=0.11)
        assert max(seen[column]) == pytest.approx(max(wanted), abs=0.11)
        assert seen[column][0] == pytest.approx(wanted[0], abs=0.11)
        assert seen[column][-1] == pytest.approx(wanted[-1], abs=0.11)


@given(SAMPLES)
def test_a_gap_is_never_bridged(values: list[float | None]) -> None:
    samples = by_second(values)
    parts = drawn(draw(samples, 1.0))
    gaps = sum(
        before is not None and after is None
        for before, after in zip(values, [*values[1:], None], strict=True)
    )
    assert len(parts) == gaps
    for part in parts:
        inside = values[int(part[0][0]) : int(part[-1][0]) + 1]
        assert None not in inside


def test_a_missing_reading_is_a_gap_like_an_unknown_one() -> None:
    samples = [Sample(0, 1, 5.0), Sample(1, 2, 6.0), Sample(4, 5, 7.0)]
    assert [len(part) for part in stretches(samples)] == [2, 1]
    assert unseen(samples, 0.0, 5.0) == [Band(2, 4)]


def test_a_late_reading_is_no_gap() -> None:
    samples = [Sample(0, 1, 5.0), Sample(1.3, 2.3, 6.0)]
    assert len(list(stretches(samples))) == 1
    assert unseen(samples, 0.0, 2.3) == []


def test_unknown_readings_and_the_silence_after_them_are_unseen() -> None:
    samples = [
        Sample(0, 1, None),
        Sample(1, 2, 5.0),
        Sample(2, 3, None),
        Sample(3, 4, None),
        Sample(4, 5, 1.0),
    ]
    assert unseen(samples, 0.0, 20.0) == [Band(0, 1), Band(2, 4), Band(5, 20)]
    assert unseen([], 0.0, 20.0) == [Band(0, 20)]


def test_one_reading_alone_is_a_dot() -> None:
    assert path([[(12.4, 50.0)]]) == "M12 50h0"


def test_a_long_run_makes_no_long_path() -> None:
    samples = by_second([float(second * 7919 % 100) for second in range(200_000)])
    d = draw(samples, COLUMNS / 200_000)
    assert len(d) < 40 * COLUMNS
