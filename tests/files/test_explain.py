"""Every error that pydantic may raise for a document has a sentence of its own, and a remedy."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Literal, get_args
from uuid import UUID

import pytest
from pydantic import (
    AwareDatetime,
    DirectoryPath,
    Field,
    FilePath,
    FutureDate,
    HttpUrl,
    Json,
    JsonValue,
    PastDate,
    ValidationError,
)
from pydantic_core import ErrorDetails, core_schema

from seatrial.files.explain import _EXPLAINED, explain
from seatrial.files.node import plain
from seatrial.files.places import locate
from seatrial.files.source import Source
from seatrial.files.wanted import BOUNDS, WANTED
from seatrial.files.yaml_reader import read_yaml
from seatrial.model.base import Model
from seatrial.model.fields import Duration, Rate, Share

NEVER = {
    # of Python objects, calls and instances: no document holds them
    *("no_such_attribute", "needs_python_object", "recursion_loop", "recursion_depth_exceeded"),
    *("frozen_field", "frozen_instance", "get_attribute_error", "dataclass_exact_type"),
    *("default_factory_not_called", "iteration_error", "set_item_not_hashable", "is_instance_of"),
    *("is_subclass_of", "callable_type", "arguments_type", "missing_argument", "datetime_object_invalid"),
    *("unexpected_keyword_argument", "missing_keyword_only_argument", "unexpected_positional_argument"),
    *("missing_positional_only_argument", "multiple_argument_values", "missing_sentinel_error"),
    *("ellipsis_error", "invalid_key", "bytes_invalid_encoding"),
}
LEFT_TO_PYDANTIC = {
    # their own words say what is wanted: "Date should be in the past"
    *("none_required", "date_past", "date_future", "datetime_past", "datetime_future"),
    *("timezone_naive", "timezone_aware", "timezone_offset", "url_scheme", "uuid_version"),
    *("decimal_max_digits", "decimal_max_places", "decimal_whole_digits"),
}
ELSEWHERE = {"union_tag_invalid", "union_tag_not_found"}
"""Told by seatrial.files.validation, which knows the words."""
JARGON = (
    "Input should",
    "valid tuple",
    "valid string",
    "valid dictionary",
    "valid list",
    "instance of",
    "Field required",
    "Extra inputs",
    "pydantic",
    "class",
    "NoneType",
    "validation",
)


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Inner(Model):
    word: str


class Everything(Model):
    """What a pack may ask for."""

    text: str = Field(min_length=2, max_length=3)
    form: str = Field(pattern="^a+$")
    whole: int = Field(multiple_of=3, gt=0, le=30)
    number: float = Field(ge=0.5, lt=2)
    flag: bool
    list_: list[int] = Field(min_length=2, max_length=3)
    set_: set[int]
    frozen: frozenset[int]
    pair: tuple[int, str]
    mapping: dict[int, str]
    inner: Inner
    inners: tuple[Inner, ...]
    day: date
    past: PastDate
    future: FutureDate
    clock: time
    moment: datetime
    zoned: AwareDatetime
    span: timedelta
    decimal: Decimal = Field(max_digits=3)
    address: IPv4Address
    uuid: UUID
    url: HttpUrl
    color: Color
    word: Literal["one", "two"]
    only: Literal["one"]
    octets: bytes
    path: Path
    file: FilePath
    folder: DirectoryPath
    json_: Json[int]
    any_: JsonValue
    either: int | list[int] | Inner
    maybe: int | None
    duration: Duration
    share: Share
    rate: Rate
    constrained: Annotated[str, Field(max_length=1)] | None


WRONG = [
    "zzzz",
    "''",
    "[1]",
    "[]",
    "[a, b, c, d]",
    "{q: 1}",
    "{}",
    "1.5",
    "true",
    "-4",
    "9" * 26,
    "~",
    "[{word: 3}]",
]


def wrongs(text: str) -> Iterator[tuple[ErrorDetails, str, str]]:
    document = "".join(f"{f.alias or name}: {text}\n" for name, f in Everything.model_fields.items())
    root, _ = read_yaml(Source("x.yaml", document, ""))
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate(plain(root))
    for error in caught.value.errors(include_url=False):
        yield error, *explain(error, locate(Everything, root, error["loc"]))


@pytest.mark.parametrize("text", WRONG)
def test_every_wrong_value_is_told_in_plain_words(text: str) -> None:
    told = list(wrongs(text))
    assert len(told) > 5
    for error, message, hint in told:
        assert hint, error
        assert not any(word in message + hint for word in JARGON if "date" not in error["type"]), message
        assert "`" in message or "'" in message, "it names what it is about"


def test_no_kind_of_error_is_forgotten() -> None:
    known = set(get_args(core_schema.ErrorType))
    assert known >= NEVER | LEFT_TO_PYDANTIC | ELSEWHERE, "pydantic has dropped one of these"
    told = {*BOUNDS, *_EXPLAINED, *WANTED}
    forgotten = known - told - NEVER - LEFT_TO_PYDANTIC - ELSEWHERE
    assert forgotten == set()
