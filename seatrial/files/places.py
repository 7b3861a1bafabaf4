"""From pydantic's location of an error to the key or value in the file, and to what belongs there."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from seatrial.files.node import Node, Path, ScalarNode, Spot, child

Kind = Any
"""A type annotation, or None where it is not known."""


@dataclass(frozen=True)
class Place:
    """Where in the document an error is, and which type stands there."""

    path: Path
    node: Node | None
    """The value; None where it is missing."""
    spot: Spot
    """Of the value; of the parent's key where it is missing."""
    key_spot: Spot
    """Of the key that leads here."""
    kind: Kind
    keys: tuple[str, ...] = field(default=())
    """The keys that the parent may have."""
    is_key: bool = False
    """True where the key itself is wrong, not its value."""
    in_union: bool = False
    """True behind a choice of types: each of them complains."""


def members(kind: Kind) -> tuple[Kind, ...]:
    """What a type may be, without None: `Annotated[X, ...] | None` is X."""
    origin: Any = get_origin(kind)
    if origin is Annotated:
        return members(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return tuple(m for arg in get_args(kind) if arg is not type(None) for m in members(arg))
    return (kind,)


def model_of(kind: Kind) -> type[BaseModel] | None:
    """The one model that this type is, if it is one."""
    models = [m for m in members(kind) if isinstance(m, type) and issubclass(m, BaseModel)]
    return models[0] if len(models) == 1 else None


def keys_of(kind: Kind) -> dict[str, Kind]:
    """The keys of a model as they are written, with their types."""
    model = model_of(kind)
    return {f.alias or name: _annotated(f) for name, f in model.model_fields.items()} if model else {}


def _annotated(field: FieldInfo) -> Kind:
    """The type as it was written: pydantic keeps `Annotated`'s parts apart."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def examples_of(kind: Kind) -> tuple[str, ...]:
    """How a value of this type is written, where the type has a written form of its own."""
    found: list[str] = []
    for part in get_args(kind):
        if isinstance(part, WithJsonSchema):
            found = [str(example) for example in (part.json_schema or {}).get("examples", [])]
        elif get_origin(part) is Annotated:
            found += examples_of(part)
    return tuple(found)


def locate(model: type[BaseModel], root: Node, location: tuple[str | int, ...]) -> Place:
    """Follow a location; what is in it beside keys and indexes are names of alternatives."""
    kind: Kind = model
    node: Node | None = root
    path: Path = ()
    spot = key_spot = root.spot
    keys: tuple[str, ...] = ()
    in_union = False
    for element in location:
        if element == "[key]":
            return Place(path, node, key_spot, key_spot, None, keys, is_key=True)
        choice = members(kind) if kind is not None else ()
        if len(choice) > 1:
            kind, in_union = _chosen(choice, element), in_union or not _is_tagged(choice)
            continue
        keys = tuple(keys_of(kind))
        step = child(node, element)
        if step is None and kind is None:
            continue  # an alternative inside something unknown
        kind = _inside(choice[0] if choice else None, element)
        path = (*path, element)
        if step is None:
            short = node if isinstance(node, ScalarNode) else None  # `{load: p95}` is `{load: {metric: p95}}`
            return Place(path, short, spot if short else key_spot, key_spot, kind, keys, in_union=in_union)
        node, key_spot, spot = step.node, step.key_spot, step.node.spot
    return Place(path, node, spot, key_spot, kind, keys, in_union=in_union)


def _is_tagged(choice: tuple[Kind, ...]) -> bool:
    return all(_tags(option) for option in choice)


def _tags(option: Kind) -> set[object]:
    if not (isinstance(option, type) and issubclass(option, BaseModel)):
        return set()
    annotations = [f.annotation for f in option.model_fields.values()]
    return {value for a in annotations if get_origin(a) is Literal for value in get_args(a)}


def _chosen(choice: tuple[Kind, ...], label: str | int) -> Kind:
    """The alternative that a label names: by its tag, its name, or as the only model."""
    for option in choice:
        if label in _tags(option) or getattr(option, "__name__", None) == label:
            return option
    models = [option for option in choice if model_of(option)]
    return models[0] if len(models) == 1 and str(label).startswith("function") else None


def _inside(kind: Kind, element: str | int) -> Kind:
    """The type of a member of this type."""
    origin: Any = get_origin(kind)
    arguments = get_args(kind)
    if model_of(kind):
        return keys_of(kind).get(str(element))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return arguments[1]
    if origin is tuple and arguments[-1] is not Ellipsis:
        return arguments[element] if isinstance(element, int) and element < len(arguments) else None
    return arguments[0] if arguments else None
