"""A probe that says what it is told to, hangs or breaks."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

import anyio
from pydantic import Field, JsonValue, TypeAdapter, model_validator

from seatrial.measure import Measure
from seatrial.model.fields import Duration
from seatrial.probe import Probe, Reader
from seatrial.reading import Reading, Value

_READING: TypeAdapter[Reading] = TypeAdapter(Reading)


class ScriptedProbe(Probe):
    """Reads from a script by the seconds since the run began to read, or from a file, each time anew.

    What is said, in either: a number, text or flag is a value; `hang` never answers; `raise` breaks;
    an object is a whole reading: `{"kind": "ratio", "good": 99, "total": 100}`. A file that is not
    there yet, or not whole, is unknown.

    Give it a name in a pack of your tests: `class Scripted(ScriptedProbe): name = "scripted"`.
    """

    name: ClassVar[str] = "scripted"

    script: dict[Duration, JsonValue] = Field(default_factory=dict)
    """From when on what is said: `{0 s: 1, 3 s: hang, 5 s: 1}`."""
    file: Path | None = None
    """JSON, read each time; replace it as a whole to change what is said."""
    gives: Measure = Measure.VALUE
    """The kind of reading: value, ratio or latency."""
    errors: bool = False
    """For ratios: the SLI is the share of bad events."""
    at: float | None = Field(default=None, gt=0, lt=1)
    """For latencies: the quantile."""

    @model_validator(mode="after")
    def _says_something(self) -> "ScriptedProbe":
        if bool(self.script) == (self.file is not None):
            raise ValueError("give either `script` or `file`")
        return self

    @property
    def measure(self) -> Measure:
        return self.gives

    @property
    def quantities(self) -> dict[str, str]:
        return {"value": ""} if self.gives is Measure.VALUE else {}

    @property
    def quantile(self) -> float | None:
        return self.at

    @property
    def counts_bad(self) -> bool:
        return self.errors

    async def read(self) -> Reading:
        return await _perform(self._said_at(0.0))

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        began_s = time.monotonic()

        async def read() -> Reading:
            return await _perform(self._said_at(time.monotonic() - began_s))

        yield read

    def _said_at(self, elapsed_s: float) -> JsonValue:
        if self.file is not None:
            said: JsonValue = json.loads(self.file.read_text())
            return said
        begun = [since_s for since_s in self.script if since_s <= elapsed_s]
        return self.script[max(begun)] if begun else {"kind": "unknown", "reason": "the script has not begun"}


async def _perform(said: JsonValue) -> Reading:
    if said == "hang":
        await anyio.sleep_forever()
    if said == "raise":
        raise RuntimeError("it was told to break")
    if isinstance(said, dict):
        return _READING.validate_python(said)
    if isinstance(said, list):
        raise TypeError(f"{said!r} is nothing that can be said")
    return Value(values={"value": said})
