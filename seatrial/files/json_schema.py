"""The JSON Schema of experiment files, for an editor's completion and its red underlines."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic_core import SchemaError, SchemaSerializer, core_schema

from seatrial.model.assembled import experiment_model
from seatrial.model.docs import DocumentedSchema
from seatrial.pack import Pack

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
PLACEHOLDER: Schema = {"type": "string", "pattern": r"\$\{.+\}"}
"""`${name}` may stand for any single value."""
_ANNOTATIONS = ("description", "default", "examples", "deprecated")
_RESTRICTS = ("enum", "pattern", "const")
_SCALARS = ("integer", "number", "boolean")


def experiment_schema(pack: Pack) -> Schema:
    """JSON Schema 2020-12 of the experiments of these packs."""
    model = experiment_model(pack)
    schema = model.model_json_schema(schema_generator=_WithWrittenDefaults)
    _add_shorthands(schema, pack)
    for place in list(_all_schemas(schema)):
        _tidy(place)
    for place in list(_all_schemas(schema)):
        _allow_placeholder(place)
    schema["properties"]["$schema"] = {"type": "string", "description": "Where an editor finds this schema."}
    _add_what_belongs_together(schema, pack)
    return {"$schema": DIALECT, **_with_steady_names(schema)}


class _WithWrittenDefaults(DocumentedSchema):
    """Defaults as a file would have them: `30 s`, not 30.0."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        told = super().default_schema(schema)
        if "default" in told:
            try:
                serializer = SchemaSerializer(schema["schema"])
            except SchemaError:  # it refers to what is defined elsewhere, and so has no form of its own
                return told
            told["default"] = serializer.to_python(self.get_default_value(schema), mode="json", by_alias=True)
        return told


def _all_schemas(schema: Schema) -> Iterator[Schema]:
    """This schema and all within it, the innermost first."""
    for key in ("properties", "patternProperties", "$defs"):
        for inner in schema.get(key, {}).values():
            yield from _all_schemas(inner)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _all_schemas(schema[key])
    for key in ("anyOf", "oneOf", "prefixItems"):
        for inner in schema.get(key, ()):
            yield from _all_schemas(inner)
    yield schema


def _tidy(schema: Schema) -> None:
    """Leave out what only pydantic needs: titles, nulls for what may as well be left out."""
    if isinstance(schema.get("title"), str):
        del schema["title"]
    for key in ("discriminator", "gt", "ge", "lt", "le"):
        schema.pop(key, None)
    if schema.get("format") == "path":
        del schema["format"]
    if "default" in schema and schema["default"] in (None, [], {}, ""):
        del schema["default"]
    if "patternProperties" in schema:
        schema.setdefault("additionalProperties", False)
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        schema.update({**choices[0], **schema})
    elif choices:
        schema["anyOf"] = choices


def _allow_placeholder(schema: Schema) -> None:
    """Where a number, a flag or a certain form is wanted, a `${...}` may stand for it."""
    if schema == PLACEHOLDER or (schema.get("type") == "string" and "const" in schema):
        return  # a constant names what it stands in, such as an action
    if schema.get("type") in _SCALARS or any(key in schema for key in _RESTRICTS):
        wanted = {key: schema.pop(key) for key in list(schema) if key not in _ANNOTATIONS}
        schema["anyOf"] = [wanted, dict(PLACEHOLDER)]
    elif "anyOf" in schema:
        flat = [inner for choice in schema["anyOf"] for inner in choice.get("anyOf", [choice])]
        schema["anyOf"] = [choice for n, choice in enumerate(flat) if choice not in flat[:n]]


def _add_shorthands(schema: Schema, pack: Pack) -> None:
    """`{load: p95}` for `{load: {metric: p95}}`."""
    sli = schema["$defs"]["Sli"]["properties"]
    for name, probe in pack.probes.items():
        if probe.shorthand is not None:
            reference = next(choice for choice in sli[name]["anyOf"] if "$ref" in choice)
            keys = schema["$defs"][reference["$ref"].rpartition("/")[2]]["properties"]
            sli[name]["anyOf"] = [dict(keys[probe.shorthand]), reference]


def _add_what_belongs_together(schema: Schema, pack: Pack) -> None:
    """What the models check across keys, as far as a schema can say it."""
    sli = schema["$defs"]["Sli"]
    sli["oneOf"] = [
        {"required": [name] if probe.promise_key else [name, "objective"]}
        for name, probe in pack.probes.items()
    ]
    del sli["required"]
    schema["$defs"]["Selector"].update(minProperties=1, maxProperties=1)
    schema["if"] = {"required": ["faults"], "properties": {"faults": {"minItems": 1}}}
    schema["then"] = {"required": ["blast_radius"]}


_HASHED = re.compile(r"seatrial_pack_[0-9a-f]+__|seatrial__model__")


def _with_steady_names(schema: Schema) -> Schema:
    """Definitions named alike on every machine: the hash of a pack's folder is left out."""
    names: dict[str, str] = {}
    for name in schema["$defs"]:
        short = _HASHED.sub("", name)
        names[name] = short if short not in names.values() else name
    for place in _all_schemas(schema):
        if "$ref" in place:
            prefix, _, name = place["$ref"].rpartition("/")
            place["$ref"] = f"{prefix}/{names[name]}"
    return {**schema, "$defs": {names[name]: inner for name, inner in schema["$defs"].items()}}
