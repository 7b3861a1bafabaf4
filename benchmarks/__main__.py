"""`python -m benchmarks [NAME…]`: run the benchmarks here, or the named ones, and keep their tables.

`python -m benchmarks --quote` runs none.

A benchmark is a file beside this one: a docstring, whose first line is its title, and `main() -> str`, which
returns Markdown. That is printed, kept in benchmarks/results/NAME.md, and quoted in the documentation.
"""

import importlib
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import psutil

from benchmarks._quotes import fill_pages
from seatrial import __version__

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
ONLY_BY_NAME = frozenset({"cluster_guardian", "kubernetes_scale", "leaks_by_action"})
"""The first two need a cluster, the last takes hours."""


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("[!_]*.py"))


def load(name: str) -> ModuleType:
    """The benchmark, refused at once where it lacks its title or `main`."""
    module = importlib.import_module(f"benchmarks.{name}")
    if not module.__doc__ or not callable(getattr(module, "main", None)):
        sys.exit(f"benchmarks/{name}.py needs a docstring for a title and a function main() -> str")
    return module


def where() -> str:
    """The line under each table: a figure says nothing without its machine."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return (
        f"Seatrial {__version__}, Python {platform.python_version()}, Linux {platform.release()}, "
        f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {datetime.now(UTC):%Y-%m-%d}."
    )


def run(name: str) -> str:
    module = load(name)
    begin = time.monotonic()
    table = module.main()
    if not isinstance(table, str):
        sys.exit(f"benchmarks/{name}.py: main() must return Markdown, not {type(table).__name__}")
    took_s = time.monotonic() - begin
    title, _, rest = (module.__doc__ or "").strip().partition("\n")
    text = "\n\n".join(part for part in (f"## {title.rstrip('.')}", rest.strip(), table.strip()) if part)
    return f"{text}\n\n{where()} Took {took_s:.0f} s.\n"


def write_bytecode() -> None:
    """As on every machine of a user; some that build software forbid it, and each process compiles anew."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def main() -> None:
    if sys.argv[1:] == ["--quote"]:
        print("\n".join(map(str, fill_pages())))
        return
    wanted = sys.argv[1:] or [name for name in names() if name not in ONLY_BY_NAME]
    unknown = sorted(set(wanted) - set(names()))
    if unknown or not wanted:
        sys.exit(f"no benchmark {', '.join(unknown)}; there is {', '.join(names()) or 'none'}")
    write_bytecode()
    RESULTS.mkdir(exist_ok=True)
    for name in wanted:
        text = run(name)
        (RESULTS / f"{name}.md").write_text(text)
        print(text, flush=True)
    fill_pages()


if __name__ == "__main__":
    main()
