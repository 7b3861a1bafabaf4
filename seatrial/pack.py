"""Packs: folders with probes/, actions/, reports/ and experiments/, loaded by path.

Seatrial ships one; a team's own repository is another. Pack modules are never installed as import
packages: bare names like `reports` in site-packages collide with a user's own folders.
"""

import functools
import hashlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from seatrial.errors import InvalidInput
from seatrial.report import Report

if TYPE_CHECKING:  # reports are made without them
    from seatrial.action import Action
    from seatrial.probe import Probe

_HERE = Path(__file__).resolve().parent
_NAME = re.compile(r"""^\s+name\s*(?::[^=\n]*)?=\s*["']([^"'\n]+)["']""", re.MULTILINE)
"""`name: ClassVar[str] = "process.kill"` in the body of a class."""
_ONLY = "--"
FOLDERS = ("probes", "actions", "reports", "experiments")

Part = TypeVar("Part", "Probe", "Action[Any, Any]", Report)


@dataclass(frozen=True)
class Pack:
    """Probes, actions and reports by their names, out of one or more folders."""

    roots: tuple[Path, ...]
    probes: "Mapping[str, type[Probe]]" = field(default_factory=dict)
    actions: "Mapping[str, type[Action[Any, Any]]]" = field(default_factory=dict)
    reports: Mapping[str, type[Report]] = field(default_factory=dict)

    def experiments(self) -> list[Path]:
        """Every experiment file of these folders."""
        patterns = ("*.yaml", "*.yml", "*.json")
        return sorted(p for root in self.roots for s in patterns for p in (root / "experiments").glob(s))


def shipped_root() -> Path:
    """Where Seatrial's own pack lies: inside the wheel, or beside the package in a checkout."""
    packed = _HERE / "_pack"
    return packed if packed.is_dir() else _HERE.parent


def find_team_root(start: Path) -> Path | None:
    """The team's pack that a file belongs to: the nearest folder above it shaped like a pack."""
    for folder in (start, *start.parents):
        if (folder / "experiments").is_dir() and any((folder / name).is_dir() for name in FOLDERS[:3]):
            return folder
    return None


def load_reports(*roots: Path) -> Mapping[str, type[Report]]:
    """Only the reports of these packs and the shipped one."""
    unique = dict.fromkeys(root.resolve() for root in (shipped_root(), *roots))
    return _collect(tuple(unique), "reports", Report)  # type: ignore[type-abstract]


def load_packs(*roots: Path, naming: Collection[str] | None = None) -> Pack:
    """The shipped pack with the given ones on top; raises InvalidInput naming file and line.

    `naming`: load only the files that give a probe or an action one of these names; all of them take a good
    part of a second.
    """
    unique = dict.fromkeys(root.resolve() for root in (shipped_root(), *roots))
    return _load(tuple(unique), None if naming is None else frozenset(naming))


def as_arguments(roots: Iterable[Path], actions: Iterable[str]) -> list[str]:
    """Packs of which only these actions are needed, for the command line of a process that does the work."""
    return [*map(str, roots), _ONLY, *sorted(set(actions))]


def load_arguments(arguments: Sequence[str]) -> Pack:
    """What `as_arguments` wrote; nothing but folders stands for all of them."""
    at = arguments.index(_ONLY) if _ONLY in arguments else len(arguments)
    return load_packs(*map(Path, arguments[:at]), naming=arguments[at + 1 :] or None)


@functools.cache
def _load(roots: tuple[Path, ...], naming: frozenset[str] | None) -> Pack:
    from seatrial.action import Action
    from seatrial.probe import Probe

    return Pack(
        roots=roots,
        probes=_collect(roots, "probes", Probe, naming),  # type: ignore[type-abstract]
        actions=_collect(roots, "actions", Action, naming),  # type: ignore[type-abstract]
        reports=_collect(roots, "reports", Report),  # type: ignore[type-abstract]
    )


def _collect(
    roots: tuple[Path, ...], folder: str, base: type[Part], naming: frozenset[str] | None = None
) -> dict[str, type[Part]]:
    found: dict[str, type[Part]] = {}
    for root in roots:
        if root != roots[0] and not (root.is_dir()):
            raise InvalidInput(
                f"there is no pack at {root}", "make one with `seatrial init`, or mend the path"
            )
        for path in sorted((root / folder).glob("[!_]*.py")):
            if naming is not None and not _names_one(path, naming):
                continue
            for part in _parts(_import(path), base):
                _refuse_twins(part, found)
                found[part.name] = part
    return found


def _names_one(path: Path, words: frozenset[str]) -> bool:
    """By its text, for that takes next to no time; a file that does not show its names is loaded."""
    names = _NAME.findall(path.read_text(errors="replace"))
    return not names or not words.isdisjoint(names)


def _parts(module: ModuleType, base: type[Part]) -> Iterator[type[Part]]:
    for member in vars(module).values():
        if not inspect.isclass(member) or inspect.isabstract(member) or member.__module__ != module.__name__:
            continue
        if issubclass(member, base) and "name" in vars(member):
            yield member


def _refuse_twins(part: type[Part], found: Mapping[str, type[Part]]) -> None:
    twin = found.get(part.name)
    if twin is not None:
        raise InvalidInput(
            f"{part.name!r} is defined twice: in {inspect.getfile(twin)} and in {inspect.getfile(part)}",
            "give one of them another `name`",
        )


def _import(path: Path) -> ModuleType:
    """Run a pack's file as a module of its own, known under a name that nothing else can have."""
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    name = f"seatrial_pack_{digest}.{path.parent.name}.{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise InvalidInput(
            f"{path}{_line_of(error, path)}: {type(error).__name__}: {error}", _IMPORT_HINT
        ) from error
    return module


_IMPORT_HINT = "mend this file of the pack, or move it out of the pack's folder"


def _line_of(error: Exception, path: Path) -> str:
    """`:12`, the innermost line of this file that the error came through."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f":{error.lineno}"
    lines: list[int] = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f":{lines[-1]}" if lines else ""
