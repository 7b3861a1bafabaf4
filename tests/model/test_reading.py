"""What a probe gives is anyone's: a number of any library is a number, and nonsense is no reading."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pytest

from seatrial.model.record import read_json
from seatrial.reading import Latency, Observed, Ratio, Reading, Unknown, Value, sound


@pytest.mark.parametrize(
    "number", [1.5, Decimal("1.5"), np.float64(1.5), np.float32(1.5)], ids=lambda n: type(n).__name__
)
def test_a_number_of_another_library_is_the_same_number_now_and_in_the_journal(number: Any) -> None:
    reading = sound(Value(values={"x": number}))
    assert reading == Value(values={"x": 1.5})
    assert json.loads(reading.model_dump_json())["values"] == {"x": 1.5}


def test_whole_numbers_and_flags_of_numpy() -> None:
    reading = sound(Value(values={"n": np.int64(3), "ok": np.bool_(True)}))  # type: ignore[dict-item]
    assert isinstance(reading, Value)
    assert (reading.values["n"], reading.values["ok"]) == (3, True)


def test_texts_and_flags_stay_what_they_are() -> None:
    values = {"version": "1.5", "open": True, "said": "true", "gone": None}
    assert sound(Value(values=values)) == Value(values=values)  # type: ignore[arg-type]


def test_counts_that_are_floats_are_counts_where_they_are_whole() -> None:
    assert sound(Ratio(good=cast("int", 5.0), total=cast("int", 6.0))) == Ratio(good=5, total=6)
    with pytest.raises(ValueError, match="good"):
        sound(Ratio(good=cast("int", 5.5), total=6))


_BROKEN: dict[str, Callable[[], Any]] = {
    "fewer than none": lambda: Ratio(good=-1, total=2),
    "more good than all": lambda: Ratio(good=3, total=2),
    "a quantile of all": lambda: Latency(histogram="", quantile=1.0),
    "no value": lambda: Value(values={}),
    "NaN": lambda: Value(values={"x": float("nan")}),
    "NaN of decimal": lambda: Value(values={"x": cast("float", Decimal("NaN"))}),
    "an object": lambda: Value(values={"x": cast("float", object())}),
    "a list": lambda: Value(values={"x": cast("float", [1])}),
    "no reason": lambda: Unknown(reason=cast("str", None)),
    "a span below zero": lambda: Unknown(reason="", observed=Observed(span_s=-1.0, age_s=0.0, source="x")),
    "a span without end": lambda: Unknown(
        reason="", observed=Observed(span_s=float("inf"), age_s=0.0, source="x")
    ),
    "a number": lambda: 0.5,
}


@pytest.mark.parametrize("broken", _BROKEN)
def test_what_a_journal_could_not_bring_back_is_no_reading(broken: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        sound(_BROKEN[broken]())


def test_what_is_sound_comes_back_as_it_is() -> None:
    reading = sound(Ratio(good=1, total=2, observed=Observed(span_s=1.0, age_s=0.0, source="x")))
    assert read_json(reading.model_dump_json(), Reading) == reading
