"""Readings of one interval, as they stand in a journal."""

from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from seatrial.model.base import Model
from seatrial.reading import Reading


class Tick(Model):
    """Readings of one interval. On disk equal histograms stand once, under a number."""

    kind: Literal["tick"] = "tick"
    span_s: float
    """How much time before `t_s` these readings speak of."""
    end_s: float
    """The run's time at which their interval ended."""
    readings: dict[str, Reading]

    @model_serializer(mode="wrap")
    def _share_histograms(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        table: dict[str, str] = {}
        for reading in data["readings"].values():
            if encoded := reading.get("histogram"):
                reading["histogram"] = table.setdefault(encoded, f"#{len(table)}")
        return {**data, "histograms": list(table)} if table else data

    @model_validator(mode="before")
    @classmethod
    def _unshare_histograms(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "histograms" not in data:
            return data
        table = data.pop("histograms")
        for reading in data["readings"].values():
            if str(reading.get("histogram", "")).startswith("#"):
                reading["histogram"] = table[int(reading["histogram"][1:])]
        return data
