"""Pack modules stand on `seatrial.api` alone, and the engine knows none of them by name."""

import ast
from collections.abc import Iterator

from seatrial import api
from tests.tidy.source import PACK_FOLDERS, Module, module, modules

TEAM_PACK = "seatrial/files/team_pack/"
"""What `seatrial init` copies: a pack too."""


def imports(found: Module) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that is imported, also inside functions."""
    for node in ast.walk(found.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def foreign_to_packs(found: Module) -> list[str]:
    return [
        f"{found.name}:{line}: {name}"
        for line, name in imports(found)
        if name.startswith(".")
        or (name.split(".")[0] in ("seatrial", *PACK_FOLDERS) and name != "seatrial.api")
    ]


def of_the_pack(found: Module) -> list[str]:
    return [f"{found.name}:{line}" for line, name in imports(found) if name.split(".")[0] in PACK_FOLDERS]


def test_packs_import_only_the_api() -> None:
    started = [found for found in modules("seatrial") if found.name.startswith(TEAM_PACK)]
    pack = [*modules(*PACK_FOLDERS), *started]
    assert started
    assert len(pack) > len(started)
    wrong = [line for found in pack for line in foreign_to_packs(found)]
    assert not wrong, "import it from seatrial.api, or move what is shared into the engine:\n" + "\n".join(
        wrong
    )


def test_the_engine_imports_no_pack() -> None:
    wrong = [line for found in modules("seatrial") for line in of_the_pack(found)]
    assert not wrong, "packs are loaded by path:\n" + "\n".join(wrong)


def test_the_checks_can_fail() -> None:
    inside = "import json\nfrom seatrial.api import Probe\nfrom seatrial.model import base\nimport seatrial\n"
    assert foreign_to_packs(module("p.py", inside)) == ["p.py:3: seatrial.model", "p.py:4: seatrial"]
    assert foreign_to_packs(module("p.py", "from . import other\n")) == ["p.py:1: ."]
    assert foreign_to_packs(module("p.py", "def f():\n    import probes.http\n")) == ["p.py:2: probes.http"]
    assert of_the_pack(module("e.py", "from actions import x\n")) == ["e.py:1"]


def test_every_name_of_the_api_is_there() -> None:
    """Many are looked up at their first use."""
    assert len(api.__all__) > 100
    assert all(hasattr(api, name) for name in api.__all__)
