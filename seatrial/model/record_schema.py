"""The JSON Schema of a record, its properties described by the docstrings of the fields."""

from typing import Any

import msgspec

from seatrial.model.docs import field_docs
from seatrial.model.record import Record, Written

_PARTS = "#/$defs/{name}"


def record_schema(record: type[Record]) -> dict[str, Any]:
    """With every record in it under `$defs`."""
    _, parts = msgspec.json.schema_components((record,), schema_hook=_written, ref_template=_PARTS)
    for one in _records_in(record):
        _describe(one, parts[one.__name__])
    schema = {**parts.pop(record.__name__), "$defs": parts}
    return msgspec.json.decode(msgspec.json.encode(schema), type=dict[str, Any])


def _records_in(record: type[Record]) -> set[type[msgspec.Struct]]:
    found: set[type[msgspec.Struct]] = set()
    left: list[Any] = [msgspec.inspect.type_info(record)]
    while left:
        info = left.pop()
        if isinstance(info, msgspec.inspect.StructType) and info.cls not in found:
            found.add(info.cls)
            left += [field.type for field in info.fields]
        left += [part for name in ("types", "item_types") for part in getattr(info, name, ())]
        left += [
            part
            for name in ("item_type", "key_type", "value_type", "type")
            if (part := getattr(info, name, None))
        ]
    return found


def _describe(record: type[msgspec.Struct], schema: dict[str, Any]) -> None:
    docs = field_docs(record)
    for field in msgspec.structs.fields(record):
        if field.name in docs:
            schema["properties"][field.encode_name].setdefault("description", docs[field.name])


def _written(kind: type[Any]) -> dict[str, Any]:
    if issubclass(kind, Written):
        return {"type": "string"}
    raise NotImplementedError
