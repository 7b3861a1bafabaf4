"""The table of known inverses: `inverses.toml`, read once."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, JsonValue, TypeAdapter

from seatrial.model.base import Model

TABLE: Final = Path(__file__).with_name("inverses.toml")


class Call(Model):
    """A function of a driver and its arguments, as a Chaos Toolkit file names them."""

    module: str
    func: str
    arguments: dict[str, JsonValue] = {}


def _call(value: object) -> object:
    """`{func = "module:function", …}`, the short form of the table."""
    if isinstance(value, dict) and "module" not in value:
        module, _, func = str(value.get("func")).partition(":")
        return {**value, "module": module, "func": func}
    return value


CallField = Annotated[Call, BeforeValidator(_call)]


class Row(Model):
    """What some actions change, and how that is set back. The table itself says what each key means."""

    actions: tuple[str, ...] = Field(min_length=1)
    undo: str
    made: tuple[str, ...] = ()
    look: CallField
    look_again: CallField | None = None
    becomes: JsonValue
    back: CallField


def read_table(path: Path) -> dict[str, Row]:
    """The rows of a table by each `module:function` that they are of."""
    import tomllib

    rows = TypeAdapter(tuple[Row, ...]).validate_python(tomllib.loads(path.read_text())["row"])
    return {action: row for row in rows for action in row.actions}


@functools.cache
def known_inverses() -> Mapping[str, Row]:
    """Every action whose inverse is known, by `module:function`."""
    return read_table(TABLE)


def row_of(module: str, func: str) -> Row | None:
    """What the table knows of an action; of one that its text does not name, without parsing it."""
    action = f"{module}:{func}"
    return known_inverses().get(action) if action in _text() else None


@functools.cache
def _text() -> str:
    return TABLE.read_text()
