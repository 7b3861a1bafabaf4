"""The project's own source, as the tidiness tests look at it."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACK_FOLDERS = ("probes", "actions", "reports")
CODE_FOLDERS = ("seatrial", *PACK_FOLDERS)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file; `name` is its path from the repository's root."""

    name: str
    text: str
    tree: ast.Module

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


def module(name: str, text: str) -> Module:
    return Module(name, text, ast.parse(text))


@cache
def tracked_files() -> tuple[Path, ...]:
    """What git tracks or would, as paths from the root: not what it ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Every Python file under these folders of the repository."""
    paths = [p for p in tracked_files() if p.suffix == ".py" and p.parts[0] in (folders or CODE_FOLDERS)]
    return tuple(module(str(path), (ROOT / path).read_text()) for path in paths)
