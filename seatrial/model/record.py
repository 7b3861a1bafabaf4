"""The base of what Seatrial writes for itself: journal, plan, targets, readings, verdicts, reports.

    what people write      Model    pydantic: every problem of a file at its place, units, a JSON Schema
    what Seatrial writes   Record   msgspec: built in a microsecond, read and written in C, strict when read

A record has the verbs of a model, so whoever holds one need not ask which it is. A model may have records in
it; a record has none, and is there without pydantic, whose import takes half as long as a whole short run.
Who builds a record is not checked at run time: that is mypy's part. What is read is checked.
"""

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, TypeVar, cast, dataclass_transform

import msgspec
from msgspec import Meta, StructMeta

if TYPE_CHECKING:
    from pydantic import JsonValue as JsonValue  # noqa: PLC0414  it is imported from here
else:
    JsonValue = Any
"""What JSON can hold: dictionaries and lists of it, texts, numbers, flags, None."""

AnyT = TypeVar("AnyT")
NonNegativeInt = Annotated[int, Meta(ge=0)]
NonNegativeFloat = Annotated[float, Meta(ge=0)]


class Written:
    """A value that is one text wherever it is written: `< 300 ms`, `3 of 5`.

    Made of that text; raises ValueError saying what is wrong with it, and how to write it.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.text == str(other)

    def __hash__(self) -> int:
        return hash(self.text)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        return in_models(cls, cls, str)


class _RecordMeta(StructMeta):
    def __new__(mcls, name: str, bases: Any, namespace: Any, **config: Any) -> Any:
        return super().__new__(mcls, name, bases, namespace, **{"kw_only": True, **config})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, metaclass=_RecordMeta, frozen=True, forbid_unknown_fields=True):
    """Frozen; an unknown key is an error where it is read; a field's docstring is its documentation."""

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """The same, but for these fields."""
        return msgspec.structs.replace(self, **update)

    def model_dump(
        self,
        *,
        mode: Literal["json"] = "json",
        by_alias: bool = True,
        exclude: Collection[str] = (),
    ) -> dict[str, Any]:
        """As what JSON would bring back."""
        told: dict[str, Any] = msgspec.json.decode(self.model_dump_json())
        return {k: v for k, v in told.items() if k not in exclude}

    def model_dump_json(self, *, by_alias: bool = True, indent: int | None = None) -> str:
        """As JSON, in the order of its fields; in one line without `indent`, spaces a level."""
        text = write_json(self)
        return (text if indent is None else msgspec.json.format(text, indent=indent)).decode()

    @classmethod
    def model_validate(cls, document: Any) -> Self:
        """Out of what JSON gives; raises ValueError saying what is wrong, and where."""
        return msgspec.convert(document, cls, dec_hook=_decoded)

    @classmethod
    def model_validate_json(cls, raw: bytes | str) -> Self:
        """The same, of JSON."""
        return read_json(raw, cls)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        return in_models(cls, cls.model_validate, lambda one: one.model_dump())


def write_json(value: Any) -> bytes:
    """Records and what JSON can hold as JSON. What no UTF-8 can hold, half a surrogate pair, becomes `?`."""
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(value, enc_hook=_encoded)
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def read_json(raw: bytes | str, kind: type[AnyT] | Any, *, strict: bool = True) -> AnyT:
    """JSON as whatever a field of a record may be: a union, a list of records; raises ValueError.

    Where it is not `strict`, `5.0` and `"5"` are whole numbers too.
    """
    return cast("AnyT", msgspec.json.decode(raw, type=kind, strict=strict, dec_hook=_decoded))


def tag_of(record: type[Record]) -> str:
    """By which JSON tells a record from the others that may stand in its place."""
    return str(record.__struct_config__.tag)


class Tagged(Record, tag_field="kind"):
    """One of several records that may stand in the same place; its `kind` says which it is."""

    @property
    def kind(self) -> str:
        return tag_of(type(self))


def in_models(kind: type[Any], read: Callable[[Any], Any], write: Callable[[Any], Any]) -> Any:
    """The schema by which a pydantic model has a field of this kind."""
    from pydantic_core import core_schema

    return core_schema.no_info_plain_validator_function(
        lambda value: value if isinstance(value, kind) else read(value),
        serialization=core_schema.plain_serializer_function_ser_schema(write, when_used="json"),
    )


def _encoded(value: Any) -> Any:
    if isinstance(value, Written | PurePath):
        return str(value)
    if callable(item := getattr(value, "item", None)):
        return item()  # a number or flag of numpy, which people's probes and drivers give
    raise TypeError(f"{value!r:.80} is nothing that can be written down")


def _decoded(kind: type[Any], value: Any) -> Any:
    if issubclass(kind, Written | PurePath):
        return kind(value)
    raise NotImplementedError(f"a record holds no {kind.__name__}")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_encoded, decimal_format="number")
