"""The Markdown pages of the project, as the tests of the documentation look at them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.tidy.source import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@dataclass(frozen=True)
class Block:
    """A fenced block of code, and where it begins."""

    path: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def page(name: str) -> str:
    """The text of a page of `docs/`, by its path there."""
    return (ROOT / "docs" / name).read_text()


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above; raises KeyError."""
    found = re.search(rf"^(#+) {re.escape(heading)}\n", text, re.MULTILINE)
    if found is None:
        raise KeyError(heading)
    end = re.search(rf"^#{{1,{len(found[1])}}} ", text[found.end() :], re.MULTILINE)
    return text[found.end() :][: end.start() if end else None]


def rows(text: str) -> dict[str, list[str]]:
    """Of all tables in a text, every name in backticks in the first cell -> the other cells of its row."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| "):
            first, *cells = (cell.strip() for cell in line.strip("|").split(" | "))
            found |= {name: [cell.rstrip(" |") for cell in cells] for name in re.findall(r"`([^`]+)`", first)}
    return found


def blocks(path: Path, language: str) -> Iterator[Block]:
    """Every block of one language in a page."""
    text = path.read_text()
    for found in re.finditer(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        inside = "\n".join(line.removeprefix(found[1]) for line in found[2].splitlines())
        yield Block(path, text[: found.start()].count("\n") + 1, language, inside + "\n")
