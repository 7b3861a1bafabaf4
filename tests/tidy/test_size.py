"""Ratchets on size: what is short stays short."""

import ast
from statistics import median

from tests.tidy.source import Function, Module, module, modules

FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN_MAX = 10
MODULE_LINES_MAX = 300
LONG_MODULES: dict[str, str] = {"seatrial/api.py": "a catalogue: three lines a name, and nothing else"}
"""Module -> why it is longer. Split it rather than name it here."""


def lines_of(function: Function) -> int:
    """From `def` to the end, without the docstring."""
    total = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        total -= (first.end_lineno or 0) - first.lineno + 1
    return total


def long_functions(found: Module) -> list[str]:
    return [
        f"{found.name}:{function.lineno}: {function.name} has {lines_of(function)} lines"
        for function in found.functions()
        if lines_of(function) > FUNCTION_LINES_MAX
    ]


def test_no_function_is_too_long() -> None:
    too_long = [line for found in modules() for line in long_functions(found)]
    assert not too_long, f"at most {FUNCTION_LINES_MAX} lines; split:\n" + "\n".join(too_long)


def test_functions_are_short() -> None:
    lengths = [lines_of(function) for found in modules() for function in found.functions()]
    assert len(lengths) > 100
    assert median(lengths) <= FUNCTION_LINES_MEDIAN_MAX


def test_no_module_is_too_long() -> None:
    lengths = {found.name: len(found.text.splitlines()) for found in modules()}
    too_long = {name for name, lines in lengths.items() if lines > MODULE_LINES_MAX}
    assert too_long == set(LONG_MODULES), f"at most {MODULE_LINES_MAX} lines, or listed while longer"


def test_the_checks_can_fail() -> None:
    statements = "".join(f"    x = {number}\n" for number in range(FUNCTION_LINES_MAX))
    assert long_functions(module("long.py", f"def f():\n{statements}")) == ["long.py:1: f has 61 lines"]
    documented = f'def f():\n    """One.\n\n    Two."""\n{statements.replace("    x = 0", "", 1)}'
    assert long_functions(module("documented.py", documented)) == ["documented.py:1: f has 61 lines"]
    assert long_functions(module("short.py", "def f():\n    return 1\n")) == []
