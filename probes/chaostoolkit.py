"""chaostoolkit: what a probe of any Chaos Toolkit driver answers."""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar

from seatrial.api import (
    NO_SCALAR,
    DriverCall,
    Duration,
    Field,
    JsonValue,
    Measure,
    Outcome,
    Probe,
    Reader,
    Reading,
    Scalar,
    Tolerance,
    Unknown,
    Value,
    as_scalar,
    field_validator,
    json_picker,
)

if TYPE_CHECKING:
    from seatrial.api import Workers


FIRST_S = 10.0
"""How long the first call may take, of which nothing is kept."""


class ChaosToolkit(DriverCall, Probe):
    """Calls a probe of a Chaos Toolkit driver each interval, in a process that is killed when it hangs.

    One that raises, hangs or answers nothing is unknown. A text that is a number counts as the number.
    """

    name: ClassVar[str] = "chaostoolkit"

    json_path: str | None = None
    """Where in the answer the quantity `value` stands, as a JSONPath: `$.data.result[0].value[1]`."""
    tolerance: Tolerance = None
    """What it has to answer, in any form of the Chaos Toolkit; adds the flag `ok`, then the first one."""
    timeout: Duration = Field(default=1.5, gt=0, le=60)
    """How long it may take until it is killed; keep it below the SLI's own `timeout`."""

    @property
    def measure(self) -> Measure:
        return Measure.VALUE

    @property
    def quantities(self) -> dict[str, str]:
        return {"value": ""} if self.tolerance is None else {"ok": "", "value": ""}

    @field_validator("json_path")
    @classmethod
    def _is_a_path(cls, path: str | None) -> str | None:
        if path is not None:
            json_picker(path)
        return path

    async def read(self) -> Reading:
        async with self.reader() as read:
            return await read()

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        from seatrial.api import open_workers

        async with open_workers([self.module] if self.module else []) as workers:
            # Clients of Kubernetes and of clouds load their greater part at the first call.
            await self._ask(workers, FIRST_S)

            async def read() -> Reading:
                return self._reading(await self._ask(workers, self.timeout))

            yield read

    async def _ask(self, workers: "Workers", timeout_s: float) -> Outcome:
        activity, judge = self.activity(self.tolerance), self.tolerance is not None
        return await workers.run(activity, *self.beside, judge=judge, timeout_s=timeout_s)

    def _reading(self, seen: Outcome) -> Reading:
        if not seen.succeeded or seen.reason:
            return Unknown(reason=seen.reason or f"the probe {seen.status}")
        value, note = self._value(seen.output)
        if self.tolerance is not None:
            return Value(values={"ok": seen.tolerance_met, "value": value}, note=note)
        return Unknown(reason=note) if value is None else Value(values={"value": value})

    def _value(self, answer: JsonValue) -> tuple[Scalar, str]:
        """The number, flag or text that is meant, or None and why."""
        if answer is None:
            return None, "it answered nothing"
        if self.json_path is None:
            value = _as_number(as_scalar(answer))
            return value, "" if value is not None else f"what it answered is {NO_SCALAR}: give a `json_path`"
        found = json_picker(self.json_path)(answer)
        if not found:
            return None, "nothing in the answer is at json_path"
        value = _as_number(as_scalar(found[0]))
        return value, "" if value is not None else f"at json_path is {NO_SCALAR}"


def _as_number(value: Scalar) -> Scalar:
    """Prometheus and others write numbers as texts; NaN and infinity are none."""
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return number if math.isfinite(number) else None
