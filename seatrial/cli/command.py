"""What a command takes: read off its function, understood by argparse.

    def halt(reason: Annotated[str, Option("--reason", help="Why.")] = "by hand") -> None: ...

Standard library only: what imports more costs every command its time.
"""

import argparse
import inspect
import math
import os
import textwrap
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, NoReturn, Union, get_args, get_origin

from seatrial.errors import InvalidInput

Command = Callable[..., None]
_NUMBERS: Final = {int: "an integer", float: "a number"}
_METAVARS: Final = {int: "N", float: "X", Path: "PATH"}


class Argument:
    """A value that is known by its place."""

    def __init__(self, *, help: str, metavar: str) -> None:  # noqa: A002  as argparse calls it
        self.help = help
        self.metavar = metavar


class Option:
    """A value that is known by its names; without any by that of the parameter. A `bool` takes no value.

    `min` and `max` bound a number. `envvar`: where the value comes from when the option is not given.
    `group`: a heading of its own in the help.
    """

    def __init__(
        self,
        *names: str,
        help: str,  # noqa: A002  as argparse calls it
        metavar: str | None = None,
        min: float | None = None,  # noqa: A002  a bound is called so
        max: float | None = None,  # noqa: A002  a bound is called so
        envvar: str = "",
        group: str = "",
    ) -> None:
        self.names = names
        self.help = help
        self.metavar = metavar
        self.min = min
        self.max = max
        self.envvar = envvar
        self.group = group


@dataclass(frozen=True)
class Parameter:
    """One parameter of a command's function."""

    name: str
    type: Any
    """Without `None`, and of a list that of its items."""
    is_list: bool
    default: Any
    """`inspect.Parameter.empty` where one has to be given."""
    spec: Argument | Option

    @property
    def names(self) -> tuple[str, ...]:
        """As they are written on the command line; none for an argument."""
        if isinstance(self.spec, Argument):
            return ()
        return self.spec.names or (f"--{self.name.replace('_', '-')}",)

    @property
    def is_required(self) -> bool:
        return self.default is inspect.Parameter.empty


def parameters_of(command: Command) -> Iterator[Parameter]:
    """All that it takes, in the order of its help."""
    for one in inspect.signature(command).parameters.values():
        wanted, spec = get_args(one.annotation)
        if get_origin(wanted) in (Union, types.UnionType):
            (wanted,) = (part for part in get_args(wanted) if part is not type(None))
        is_list = get_origin(wanted) is list
        yield Parameter(one.name, get_args(wanted)[0] if is_list else wanted, is_list, one.default, spec)


class _Formatter(argparse.HelpFormatter):
    """Keeps the paragraphs of a docstring."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = inspect.cleandoc(text).split("\n\n")
        return "\n\n".join(textwrap.fill(" ".join(one.split()), min(width, 100)) for one in paragraphs)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong as all of Seatrial does."""

    def error(self, message: str) -> NoReturn:
        raise InvalidInput(message, f"see `{self.prog} --help`")


def parser_of(name: str, command: Command) -> argparse.ArgumentParser:
    """For what stands behind `seatrial NAME`."""
    parameters = list(parameters_of(command))
    places = [one.spec.metavar for one in parameters if isinstance(one.spec, Argument)]
    parser = _Parser(
        prog=f"seatrial {name}",
        usage=" ".join([f"seatrial {name}", "[OPTIONS]", *map(str, places)]),
        description=command.__doc__,
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    groups: dict[str, Any] = {"": parser}
    for one in parameters:
        heading = one.spec.group if isinstance(one.spec, Option) else ""
        if heading not in groups:
            groups[heading] = parser.add_argument_group(heading)
        groups[heading].add_argument(*one.names or (one.name,), **_understood(one))
    return parser


def run_command(name: str, command: Command, arguments: Sequence[str]) -> None:
    """Call it with what these arguments say; raises InvalidInput where they cannot be understood."""
    command(**vars(parser_of(name, command).parse_intermixed_args(arguments)))


def _understood(one: Parameter) -> dict[str, Any]:
    """As `add_argument` wants it."""
    told: dict[str, Any] = {"help": _help(one).replace("%", "%%"), "metavar": one.spec.metavar}
    if not one.is_required:
        told["default"] = _from_environment(one) or one.default
    if isinstance(one.spec, Argument):
        several = {(True, True): "+", (True, False): "*", (False, False): "?"}
        return {**told, "nargs": several.get((one.is_list, one.is_required)), "type": _converter(one)}
    told |= {"dest": one.name, "required": one.is_required}
    told["metavar"] = one.spec.metavar or _METAVARS.get(one.type, "TEXT")
    if one.type is bool:
        del told["metavar"]
        return {**told, "action": "store_true"}
    return {**told, "action": "append" if one.is_list else "store", "type": _converter(one)}


def _help(one: Parameter) -> str:
    text = one.spec.help
    if one.type in _NUMBERS and not one.is_required and one.default is not None:
        text += f" [{one.default}]"
    return text


def _from_environment(one: Parameter) -> Any:
    variable = one.spec.envvar if isinstance(one.spec, Option) else ""
    value = os.environ.get(variable) if variable else None
    return one.type(value) if value else None


def _converter(one: Parameter) -> Callable[[str], Any]:
    """From text to the parameter's type; argparse tells what it raises."""

    def convert(text: str) -> Any:
        try:
            value = one.type(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {_asked(one)}") from None
        if one.type is float and not math.isfinite(value):
            raise argparse.ArgumentTypeError(f"{text} is not a finite number")
        low, high = (one.spec.min, one.spec.max) if isinstance(one.spec, Option) else (None, None)
        if low is not None and value < low:
            raise argparse.ArgumentTypeError(f"{text} is less than {low}")
        if high is not None and value > high:
            raise argparse.ArgumentTypeError(f"{text} is more than {high}")
        return value

    return convert


def _asked(one: Parameter) -> str:
    if issubclass(one.type, Enum):
        return f"one of {', '.join(member.value for member in one.type)}"
    return _NUMBERS.get(one.type, f"a {one.type.__name__}")
