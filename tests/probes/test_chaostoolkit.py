"""chaostoolkit reads what drivers answer, and kills those that do not."""

import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from seatrial.pack import load_packs
from seatrial.reading import Reading, Scalar, Unknown, Value

pytestmark = pytest.mark.anyio
SHELF = "seatrial.testing.shelf"


def make(func: str = "answer", **keys: Any) -> Any:
    return load_packs().probes["chaostoolkit"].model_validate({"module": SHELF, "func": func, **keys})


async def answering(answer: object, **keys: Any) -> Reading:
    read: Reading = await make(arguments={"value": answer}, **keys).read()
    return read


@pytest.mark.parametrize(
    ("answer", "value"), [(3, 3.0), (True, True), ("up", "up"), ("0.25", 0.25), (0, 0.0), (False, False)]
)
async def test_a_number_flag_or_text(answer: object, value: Scalar) -> None:
    assert await answering(answer) == Value(values={"value": value})


@pytest.mark.parametrize(
    ("answer", "keys", "reason"),
    [
        (None, {}, "it answered nothing"),
        ({"a": 1}, {}, "no number, flag or text of at most 1000 letters: give a `json_path`"),
        ("NaN", {}, "no number"),
        ({"a": [1]}, {"json_path": "$.a"}, "at json_path is no number"),
        ({"a": 1}, {"json_path": "$.b"}, "nothing in the answer is at json_path"),
    ],
)
async def test_what_is_no_value_is_unknown(answer: object, keys: dict[str, Any], reason: str) -> None:
    read = await answering(answer, **keys)
    assert isinstance(read, Unknown)
    assert reason in read.reason


async def test_a_part_of_the_answer() -> None:
    prometheus = {"data": {"result": [{"metric": {}, "value": [1700000000, "0.07"]}]}}
    read = await answering(prometheus, json_path="$.data.result[0].value[1]")
    assert read == Value(values={"value": 0.07})


@pytest.mark.parametrize(
    ("answer", "tolerance", "met"),
    [
        (True, True, True),
        (3, [1, 5], True),
        (7, [1, 5], False),
        (0.5, 0.5, True),
        ({"status": 200}, 200, True),
        ("all is well", {"type": "regex", "pattern": "well$"}, True),
        (9, {"type": "range", "range": [1, 5]}, False),
    ],
)
async def test_tolerances_of_the_chaos_toolkit(answer: object, tolerance: object, met: bool) -> None:
    read = await answering(answer, tolerance=tolerance)
    assert isinstance(read, Value)
    assert read.values["ok"] is met


async def test_a_tolerance_that_cannot_be_judged_is_unknown() -> None:
    read = await answering("much", tolerance=[1, 5])
    assert isinstance(read, Unknown)
    assert read.reason.startswith("its tolerance could not be judged: TypeError")


async def test_one_that_raises_is_unknown() -> None:
    assert await make("fail").read() == Unknown(reason="RuntimeError: it is broken")


async def test_one_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[type(make()).__module__], "FIRST_S", 0.3)
    probe = make("hang", timeout="300 ms")
    before = set(psutil.Process(os.getpid()).children())
    async with probe.reader() as read:
        for _ in range(2):
            assert await read() == Unknown(reason="it did not end within 0.3 s, and was killed")
        (template,) = set(psutil.Process(os.getpid()).children()) - before
        assert template.children() == []


async def test_configuration_comes_along(tmp_path: Path) -> None:
    probe = make(
        "things",
        arguments={"shelf": str(tmp_path)},
        configuration={"colour": "red"},
        json_path="$.configuration.colour",
    )
    assert await probe.read() == Value(values={"value": "red"})


async def test_a_program_is_a_probe_too() -> None:
    provider = {"type": "process", "path": "echo", "arguments": "hello"}
    probe = (
        load_packs()
        .probes["chaostoolkit"]
        .model_validate(
            {
                "provider": provider,
                "json_path": "$.status",
                "tolerance": {"type": "regex", "pattern": "hell", "target": "stdout"},
            }
        )
    )
    assert await probe.read() == Value(values={"ok": True, "value": 0.0})


def test_quantities() -> None:
    assert list(make().quantities) == ["value"]
    assert list(make(tolerance=True).quantities) == ["ok", "value"]


def test_a_bad_path_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a JSONPath"):
        make(json_path="$[")
