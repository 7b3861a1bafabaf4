"""The single values of a parsed model, each with its way in the document."""

from collections.abc import Iterator

from pydantic import BaseModel

from seatrial.files.node import Path


def leaves(value: object, at: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value that was given, not those by default; keys are as written."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            if name in value.model_fields_set:
                yield from leaves(getattr(value, name), (*at, field.alias or name))
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*at, key))
    elif isinstance(value, tuple | list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*at, index))
    else:
        yield at, value
