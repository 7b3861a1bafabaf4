"""Figures in the documentation: blocks that hold what a benchmark recorded, and nothing that was typed in.

    <!-- benchmark start_up -->                                     its first table, and the machine
    <!-- benchmark verdicts table=1 rows=independent|Seatrial -->   of a table, the rows that hold each word
    <!-- /benchmark -->                                             the end of either

`python -m benchmarks` fills them after each run, `python -m benchmarks --quote` without one.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
BLOCK = re.compile(
    r"(?P<begin><!-- benchmark (?P<name>\w+)(?: table=(?P<table>\d+))?(?: rows=(?P<rows>.+?))? -->\n)"
    r".*?(?P<end><!-- /benchmark -->)",
    re.DOTALL,
)
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def filled(text: str, folder: Path) -> str:
    """A page that lies in `folder`, with every block as recorded last; raises where there is no record."""

    def fill(block: re.Match[str]) -> str:
        result = RESULTS / f"{block['name']}.md"
        table = nth_table(result.read_text(), int(block["table"] or 1))
        lines = with_rows(table, block["rows"].split("|") if block["rows"] else ())
        how = os.path.relpath(result, folder)
        source = f"[{machine(result.read_text())}]({how})"
        return block["begin"] + "\n".join([*lines, "", source, ""]) + block["end"]

    return BLOCK.sub(fill, text)


def nth_table(result: str, number: int) -> Sequence[str]:
    found: list[str] = TABLE.findall(result)
    if len(found) < number:
        raise ValueError(f"there is no table {number} in {result.splitlines()[0]!r}")
    return found[number - 1].splitlines()


def with_rows(table: Sequence[str], words: Sequence[str]) -> list[str]:
    """Head and those rows that hold every word; raises ValueError where there is none."""
    head, body = table[:2], table[2:]
    chosen = [row for row in body if all(word in row for word in words)]
    if not chosen:
        raise ValueError(f"no row of {head[0]!r} holds {', '.join(words)}")
    return [*head, *chosen]


def machine(result: str) -> str:
    """The last line, without how long it took: a figure says nothing without its machine."""
    return result.strip().splitlines()[-1].partition(" Took ")[0].rstrip(".")


def fill_pages() -> list[Path]:
    """Write what has changed; the pages that have."""
    changed = []
    for path in pages():
        text = path.read_text()
        new = filled(text, path.parent)
        if new != text:
            path.write_text(new)
            changed.append(path)
    return changed
