"""What an answer says: series with their raw samples, or why there are none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, TypeAdapter, ValidationError

from seatrial.net.fetch import Answer

TEXT_MAX: Final = 300
"""Longer explanations of a server are cut."""


class Trouble(StrEnum):
    """What is wrong, by what can be done about it."""

    QUERY = "query"
    """The server does not understand the question: the file is wrong."""
    EXECUTION = "execution"
    """It understands, but cannot answer this on these series."""
    ACCESS = "access"
    """It does not let us ask, or is not what was meant."""
    LATER = "later"
    """It does not answer now."""


class BadAnswer(Exception):
    """No answer that can be used, in words that hold no address and no secret."""

    def __init__(self, trouble: Trouble, reason: str) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason


Number = Annotated[float, BeforeValidator(lambda text: float(text) if isinstance(text, str) else text)]
"""Prometheus writes numbers as texts: `"NaN"` and `"+Inf"` are not JSON."""


class NativeHistogram(BaseModel):
    """A native histogram: only buckets in which something is."""

    count: Number
    sum: Number
    buckets: list[tuple[int, Number, Number, Number]] = []
    """How its bounds are meant (0: the upper one belongs to it), lower bound, upper bound, count."""


class Series(BaseModel):
    """One series: samples of a range, or the one of an instant; of two kinds, either may be missing."""

    metric: dict[str, str] = {}
    value: tuple[float, Number] | None = None
    values: list[tuple[float, Number]] = []
    """Time in seconds of the server's clock, and number."""
    histograms: list[tuple[float, NativeHistogram]] = []


@dataclass(frozen=True)
class Result:
    """A whole answer to a query."""

    series: Sequence[Series] = ()
    scalar: float | None = None
    """Of a query that gives no series but a number, such as `time()`."""
    warnings: tuple[str, ...] = ()
    """With one of these the answer is not to be trusted: part of the data may be missing."""
    infos: tuple[str, ...] = field(default=())


def data_of(answer: Answer) -> tuple[Any, Mapping[str, tuple[str, ...]]]:
    """`data` of an answer with its `warnings` and `infos`; raises BadAnswer."""
    if answer.cut:
        raise BadAnswer(Trouble.EXECUTION, "the answer is longer than is read: select fewer series")
    try:
        body = json.loads(answer.content)
    except ValueError:
        body = None
    if not isinstance(body, dict) or body.get("status") not in ("success", "error"):
        raise BadAnswer(_trouble_of(answer.status, ""), _not_the_api(answer))
    if body["status"] == "error" or answer.status != 200:
        kind, text = str(body.get("errorType", "")), str(body.get("error", ""))
        said = " ".join(text.split())[:TEXT_MAX]
        raise BadAnswer(_trouble_of(answer.status, kind), f"answered {answer.status} {kind}: {said}")
    return body.get("data"), {
        name: tuple(" ".join(str(text).split())[:TEXT_MAX] for text in body.get(name) or ())
        for name in ("warnings", "infos")
    }


def result_of(answer: Answer) -> Result:
    """The answer to a query; raises BadAnswer."""
    data, told = data_of(answer)
    if isinstance(data, dict) and data.get("resultType") == "scalar":
        return Result(scalar=float(data["result"][1]), warnings=told["warnings"], infos=told["infos"])
    try:
        series = _SERIES.validate_python(data["result"])
    except (ValidationError, KeyError, TypeError):
        raise BadAnswer(Trouble.ACCESS, "what came is no answer to a query") from None
    return Result(series=series, warnings=told["warnings"], infos=told["infos"])


_SERIES: Final = TypeAdapter(list[Series])


def _not_the_api(answer: Answer) -> str:
    if answer.status == 200:
        return "what came is not the API of Prometheus: does `url` lead to it?"
    if 300 <= answer.status < 400:
        return f"answered {answer.status}: name the address that it leads to"
    return f"answered {answer.status}"


def _trouble_of(status: int, kind: str) -> Trouble:
    if status in (400, 422) and kind == "bad_data":
        return Trouble.QUERY
    if status in (400, 422):  # VictoriaMetrics answers 422 to a query that it cannot parse
        return Trouble.QUERY if kind in ("", "422", "400") else Trouble.EXECUTION
    if status in (408, 429) or status >= 500:
        return Trouble.LATER
    return Trouble.ACCESS
