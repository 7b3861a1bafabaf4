"""Versions of what is installed, from the names of folders: to import importlib.metadata takes 10 ms."""

import os
import re
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

_INSTALLED: Final = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)\.dist-info")


def versions_of(distributions: Collection[str]) -> dict[str, str]:
    """By name as given; without those that are not installed."""
    wanted = {_normalized(name): name for name in distributions}
    found: dict[str, str] = {}
    for match in filter(None, map(_INSTALLED.fullmatch, _entries())):
        name = wanted.get(_normalized(match["name"]))
        if name is not None:
            found.setdefault(name, match["version"])
    return {name: found[name] for name in distributions if name in found}


def _entries() -> list[str]:
    folders = (folder for folder in map(Path, sys.path) if folder.is_dir())
    return [name for folder in folders for name in os.listdir(folder)]


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
