"""The scripted probe says what it is told to, when it is told to."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from seatrial.measure import Measure
from seatrial.pack import load_packs
from seatrial.probe import Probe
from seatrial.reading import Ratio, Unknown, Value

pytestmark = pytest.mark.anyio
TESTING = Path(__file__).parents[1] / "packs/testing"


def make(**keys: Any) -> Probe:
    return load_packs(TESTING).probes["scripted"].model_validate(keys)


async def test_a_script_by_the_time_since_the_reader_was_opened() -> None:
    async with make(script={"0 s": 1, "60 ms": "slow", "120 ms": "raise"}).reader() as read:
        assert await read() == Value(values={"value": 1.0})
        await anyio.sleep(0.07)
        assert await read() == Value(values={"value": "slow"})
        await anyio.sleep(0.07)
        with pytest.raises(RuntimeError, match="told to break"):
            await read()


async def test_before_the_script_begins() -> None:
    assert await make(script={"1 h": 1}).read() == Unknown(reason="the script has not begun")


async def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    said = tmp_path / "said.json"
    async with make(file=str(said)).reader() as read:
        with pytest.raises(FileNotFoundError):
            await read()
        for value in (1.5, True, "text"):
            said.write_text(json.dumps(value))
            assert await read() == Value(values={"value": value})
        said.write_text("[1]")
        with pytest.raises(TypeError):
            await read()


async def test_it_hangs_until_it_is_cancelled() -> None:
    with anyio.move_on_after(0.05) as scope:
        await make(script={"0 s": "hang"}).read()
    assert scope.cancelled_caught


async def test_whole_readings() -> None:
    probe = make(gives="ratio", errors=True, script={"0 s": {"kind": "ratio", "good": 99, "total": 100}})
    assert (probe.measure, probe.counts_bad, probe.quantities) == (Measure.RATIO, True, {})
    assert await probe.read() == Ratio(good=99, total=100)
    assert make(gives="latency", at=0.95, script={"0 s": "hang"}).quantile == 0.95


@pytest.mark.parametrize("keys", [{}, {"script": {"0 s": 1}, "file": "/f"}])
def test_one_source(keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="give either `script` or `file`"):
        make(**keys)
