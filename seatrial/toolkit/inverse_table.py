"""The table of known inverses: `inverses.toml`, read once."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from msgspec import Meta

from seatrial.model.record import JsonValue, Record

TABLE: Final = Path(__file__).with_name("inverses.toml")


class Call(Record):
    """A function of a driver and its arguments, as a Chaos Toolkit file names them."""

    module: str
    func: str
    arguments: dict[str, JsonValue] = {}


class Row(Record):
    """What some actions change, and how that is set back. The table itself says what each key means."""

    actions: Annotated[tuple[str, ...], Meta(min_length=1)]
    undo: str
    made: tuple[str, ...] = ()
    look: Call
    look_again: Call | None = None
    becomes: JsonValue
    back: Call


def read_table(path: Path) -> dict[str, Row]:
    """The rows of a table by each `module:function` that they are of."""
    import tomllib

    rows = map(read_row, tomllib.loads(path.read_text())["row"])
    return {action: row for row in rows for action in row.actions}


def read_row(written: Mapping[str, Any]) -> Row:
    """One of them; raises ValueError where it is none."""
    return Row.model_validate({key: _in_full(value) for key, value in written.items()})


def _in_full(value: Any) -> Any:
    """A call, which the table writes `{func = "module:function", …}`; anything else as it is."""
    if not isinstance(value, dict) or ":" not in str(value.get("func")):
        return value
    module, _, func = value["func"].partition(":")
    return {**value, "module": module, "func": func}


@functools.cache
def known_inverses() -> Mapping[str, Row]:
    """Every action whose inverse is known, by `module:function`."""
    return read_table(TABLE)


@functools.cache
def row_of(module: str, func: str) -> Row | None:
    """What the table knows of an action; of one that its text does not name, without parsing it."""
    action = f"{module}:{func}"
    return known_inverses().get(action) if action in _text() else None


@functools.cache
def _text() -> str:
    return TABLE.read_text()
