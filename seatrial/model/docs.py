"""What the docstrings under a model's fields say, read from its source when somebody asks.

Pydantic can read them while a class is made (`use_attribute_docstrings`), at the cost of 0.2 s in every
process that loads the packs; only schemas and their readers want them.
"""

import ast
import functools
import inspect
import itertools
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema


@functools.cache
def field_docs(model: type[BaseModel] | type[msgspec.Struct]) -> Mapping[str, str]:
    """By a field's name its docstring, or else its `description`; a field that has neither is not in it."""
    docs: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if "__annotations__" in vars(cls) and not issubclass(BaseModel, cls):
            docs |= _written_in(cls)
    if issubclass(model, BaseModel):
        docs |= {name: field.description for name, field in model.model_fields.items() if field.description}
    names = model.model_fields if issubclass(model, BaseModel) else model.__struct_fields__
    return {name: docs[name] for name in names if name in docs}


@functools.cache
def _written_in(cls: type) -> Mapping[str, str]:
    tree = _classes_in(cls.__module__).get(cls.__qualname__)
    return {
        field.target.id: inspect.cleandoc(told.value.value)
        for field, told in itertools.pairwise(tree.body if tree is not None else ())
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(told, ast.Expr) and isinstance(told.value, ast.Constant)
        if isinstance(told.value.value, str)
    }


@functools.cache
def _classes_in(module: str) -> Mapping[str, ast.ClassDef]:
    """By qualified name. A module is parsed once: `inspect.getsource` of a class parses it every time."""
    try:
        return dict(_classes(ast.parse(inspect.getsource(sys.modules[module]))))
    except (KeyError, OSError, TypeError):  # made at run time, or in C: it has no source
        return {}


def _classes(within: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    for node in ast.iter_child_nodes(within):
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, node
            yield from _classes(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _classes(node, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.stmt):
            yield from _classes(node, prefix)


class DocumentedSchema(GenerateJsonSchema):
    """A JSON Schema whose properties are described by the docstrings of the fields."""

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        told = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        docs = field_docs(model)
        for name, field in model.model_fields.items():
            place = told.get("properties", {}).get(field.alias or name)
            if place is not None and name in docs:
                place.setdefault("description", docs[name])
        return told
