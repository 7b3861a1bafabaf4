"""A selector of series as a field of what people write."""

from typing import Annotated

from pydantic import WithJsonSchema

from seatrial.series.selector import SeriesSelector

SelectorField = Annotated[
    SeriesSelector,
    WithJsonSchema({"type": "string", "examples": ['http_requests_total{code!~"5.."}']}),
]
"""Written `name{label="value"}`."""
