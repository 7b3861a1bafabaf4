"""The inverse of a driver's action, where the table knows one: captured before, set back after.

row = row_of("chaosk8s.deployment.actions", "scale_deployment")     None: not known
inverse = capture(row, arguments, hand)      reads only; JSON, to be written down before the action runs
set_back(inverse, hand)                      item by item, only what still is as the action left it
is_set_back(inverse, hand)                   looks at the world
"""

import importlib
import inspect
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from seatrial.errors import Fatal, ForeignChange
from seatrial.model.record import JsonValue, Record
from seatrial.toolkit.call import prepare_logging
from seatrial.toolkit.inverse_table import Call, Row, row_of

__all__ = [
    "Hand",
    "Inverse",
    "Row",
    "Step",
    "calling",
    "capture",
    "is_set",
    "is_set_back",
    "row_of",
    "set_back",
    "subject",
]

Hand = Callable[[Call], JsonValue]
"""How a driver's function is called: here, or in a worker."""

_NAME: Final = re.compile(r"\$\{([\w.]+)\}")


class Step(Record):
    """One item that the action changes."""

    item: str
    before: JsonValue
    becomes: JsonValue
    look: Call
    """Reads it again; answers `{item: value}`."""
    back: Call
    """Sets it back."""


class Inverse(Record):
    """All that it takes to take an action back, as JSON: the former state in it, no secret."""

    undo: str
    """What undo does, in words."""
    steps: tuple[Step, ...]
    """Empty where all is already as the action would make it: then nothing of it is ours to undo."""


def calling(secrets: Mapping[str, Any] | None = None, configuration: Mapping[str, Any] | None = None) -> Hand:
    """A hand that calls functions in this very process, with secrets where they take any."""
    prepare_logging()

    def call(call: Call) -> JsonValue:
        function = getattr(importlib.import_module(call.module), call.func)
        taken = inspect.signature(function).parameters
        beside = {"secrets": dict(secrets or {}), "configuration": dict(configuration or {})}
        given = {name: value for name, value in beside.items() if name in taken and value}
        return function(**call.arguments, **given)  # type: ignore[no-any-return]  # a driver says nothing of types

    return call


def capture(row: Row, arguments: Mapping[str, JsonValue], hand: Hand) -> Inverse:
    """Read what the action is about to change; raises Fatal where that cannot be told."""
    names: dict[str, JsonValue] = {**arguments, **_made(row, arguments)}
    look = _filled(row.look, names)
    steps = [
        _step(row, names, look, item, before)
        for item, before in _values(hand(look), look).items()
        if before != _fill(row.becomes, names)
    ]
    inverse = Inverse(undo=row.undo, steps=tuple(steps))
    # Undo compares what it sees with what comes back: a date or a tuple would be foreign to it for ever.
    if Inverse.model_validate_json(inverse.model_dump_json()) != inverse:
        raise Fatal(f"{look.module}.{look.func} tells what JSON does not bring back as it was")
    return inverse


def subject(row: Row, arguments: Mapping[str, JsonValue]) -> str:
    """What the action changes, the same words for the same thing; raises Fatal where that cannot be told."""
    look = _filled(row.look, {**arguments, **_made(row, arguments)})
    return f"{look.func} of {' '.join(str(value) for value in look.arguments.values())}"


def set_back(inverse: Inverse, hand: Hand) -> None:
    """Set back every item that is as the action left it; idempotent.

    Raises ForeignChange, with all others set back, where an item is neither as before nor as it was made.
    """
    foreign: list[str] = []
    for step in reversed(inverse.steps):
        now = _now(step, hand)
        if now == step.becomes:
            hand(step.back)
        elif now != step.before:
            foreign.append(f"{step.item} is {now!r}, neither {step.before!r} nor {step.becomes!r}")
    if foreign:
        raise ForeignChange("; ".join(foreign))


def is_set_back(inverse: Inverse, hand: Hand) -> bool:
    """True where every item is as it was before."""
    return all(_now(step, hand) == step.before for step in inverse.steps)


def is_set(inverse: Inverse, hand: Hand) -> bool:
    """True where any item is as the action makes it."""
    return any(_now(step, hand) == step.becomes for step in inverse.steps)


def _step(row: Row, names: Mapping[str, JsonValue], look: Call, item: str, before: JsonValue) -> Step:
    if before is None:
        raise Fatal(f"{item} is not there")
    own = {**names, "item": item, "before": before}
    return Step(
        item=item,
        before=before,
        becomes=_fill(row.becomes, own),
        look=_filled(row.look_again, own) if row.look_again else look,
        back=_filled(row.back, own),
    )


def _now(step: Step, hand: Hand) -> JsonValue:
    return _values(hand(step.look), step.look).get(step.item)


def _values(seen: JsonValue, look: Call) -> dict[str, JsonValue]:
    if not isinstance(seen, dict) or "" in seen:
        raise Fatal(f"{look.module}.{look.func} does not tell items and their values, but {seen!r}"[:300])
    return seen


def _filled(call: Call, names: Mapping[str, JsonValue]) -> Call:
    """The call with every `${name}` replaced; an argument of which nothing is known is left out."""
    filled = {key: _fill(value, names) for key, value in call.arguments.items()}
    return call.model_copy(update={"arguments": {k: v for k, v in filled.items() if v is not None}})


def _fill(value: JsonValue, names: Mapping[str, JsonValue]) -> JsonValue:
    whole = _NAME.fullmatch(value) if isinstance(value, str) else None
    return names.get(whole[1]) if whole else value


def _made(row: Row, arguments: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Name and kind of the object that the action makes."""
    described = next((arguments[key] for key in row.made if arguments.get(key)), None)
    if described is None:
        return {"made.name": arguments.get("name"), "made.ns": arguments.get("ns")}
    told = _read(described)
    meta = told.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    group, _, version = str(told.get("apiVersion", "")).rpartition("/")
    if not meta.get("name"):
        raise Fatal("what the action makes has no `metadata.name`: it could not be found again")
    return {
        "made.name": meta["name"],
        "made.ns": meta.get("namespace", "default"),
        "made.group": group,
        "made.version": version,
        "made.plural": _plural(str(told.get("kind", "")).lower()),
    }


def _read(described: JsonValue) -> dict[str, Any]:
    """A mapping as it stands, out of YAML or JSON, or out of a file of either."""
    if isinstance(described, dict):
        return described
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    text = str(described)
    try:
        if "\n" not in text and "{" not in text:
            text = Path(text).read_text()
        told = YAML(typ="safe", pure=True).load(text)
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise Fatal(f"what the action makes cannot be read: {error}") from None
    if not isinstance(told, dict):
        raise Fatal("what the action makes is not described by keys and values")
    return told


def _plural(kind: str) -> str:
    """As the driver itself makes it of a kind."""
    if kind == "endpoints":
        return kind
    if kind.endswith("y"):
        return kind[:-1] + "ies"
    return kind + ("es" if kind.endswith("s") else "s")
