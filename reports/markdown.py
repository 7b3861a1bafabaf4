"""markdown: what fits into the comment of a pull request, or a chat."""

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from seatrial.api import Report

if TYPE_CHECKING:
    from jinja2 import Template

    from seatrial.api import RunRecord

TEMPLATES = Path(__file__).with_name("templates") / "markdown"
SYMBOLS = {
    "passed": "✅",
    "failed": "❌",
    "inconclusive": "❔",
    "undo incomplete": "🚨",
    "interrupted": "⏹️",
    "held": "✅",
    "deviated": "❌",
    "unknown": "❔",
    "not judged": "➖",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!])")
_CODE = re.compile(r"(?<!`)`([^`\s](?:[^`]*[^`\s])?)`(?!`)")


class Markdown(Report):
    """Verdict, objectives, faults with their undo, and what to do next, in GitHub's Markdown."""

    name: ClassVar[str] = "markdown"
    file_name: ClassVar[str] = "report.md"

    def __init__(self, targets_max: int = 10) -> None:
        self.targets_max = targets_max
        """How many targets of a fault are listed; those in trouble come first."""

    def warm(self) -> None:
        _page()

    def render(self, record: "RunRecord") -> str:
        from seatrial.api import RunView

        told = _page().render(run=RunView(record), targets_max=self.targets_max, symbols=_SYMBOLS)
        return told.rstrip() + "\n"


@functools.cache
def _page() -> "Template":
    from seatrial.api import template_environment

    environment = template_environment(TEMPLATES, finalize=_safe)
    environment.filters |= {"code": _code, "prose": _prose}
    return environment.get_template("page.md")


class _Ready(str):
    """Text that is Markdown already."""

    __slots__ = ()


_SYMBOLS = {word: _Ready(symbol) for word, symbol in SYMBOLS.items()}


def _safe(value: object) -> str:
    """Every value of the template comes through here: nothing that a user wrote becomes markup."""
    return value if isinstance(value, _Ready) else _escaped(str(value))


def _escaped(text: str) -> str:
    """On one line, without markup, HTML or mentions: `@team` would call people."""
    line = " ".join(text.split())
    line = _SPECIAL.sub(r"\\\1", line.replace("&", "&amp;"))
    return line.replace("\\<", "&lt;").replace("\\>", "&gt;").replace("@", "@\u200b")


def _code(text: object) -> _Ready:
    """As code: a fence longer than any within, and no pipe that would end a table's cell."""
    line = " ".join(str(text).split()).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" else ""
    return _Ready(f"{fence}{pad}{line}{pad}{fence}")


def _prose(text: str) -> _Ready:
    """A sentence of the engine: what stands between backticks is code."""
    parts = _CODE.split(text)
    return _Ready(
        "".join(_code(part) if index % 2 else _escaped_in(part) for index, part in enumerate(parts))
    )


def _escaped_in(part: str) -> str:
    """Escaped, with the spaces at its ends, which part it from code."""
    lead, tail = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
    return f"{' ' if lead else ''}{_escaped(part)}{' ' if tail and part.strip() else ''}"
