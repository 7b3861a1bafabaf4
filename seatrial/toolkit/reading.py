"""Reading a Chaos Toolkit experiment: our own look for every problem with its line, then chaoslib's.

file ──▶ nodes ──▶ Document      what is wrong, what is unknown: with lines
  └────▶ root: chaoslib loads and validates it, imports its modules; nothing is run
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from seatrial.errors import InvalidInput
from seatrial.files.node import Spot
from seatrial.files.problem import InvalidFile, Problem
from seatrial.model.record import JsonValue
from seatrial.toolkit.document import Document, Runtime
from seatrial.toolkit.hiding import known_secrets, masked
from seatrial.toolkit.options import NO_OPTIONS, Options
from seatrial.toolkit.parsing import parse
from seatrial.toolkit.root import Root, start_root
from seatrial.toolkit.shape import WrittenFile, read_written
from seatrial.toolkit.unknown_keys import unknown_keys

if TYPE_CHECKING:
    from seatrial.guardian.forked import Begun

LOAD_TIMEOUT_S: Final = 120.0
"""Importing a driver is anyone's code, and may be slow."""


class ToolkitFile(msgspec.Struct, frozen=True):
    """One experiment, read and validated; its root process is there, and has run nothing."""

    path: Path
    """Absolute."""
    name: str
    """As it was given."""
    sha256: str
    document: Document
    masked: dict[str, JsonValue]
    """As written, without literal secrets."""
    runtime: Runtime
    """The strategies of the user's settings and of the file."""
    has_controls: bool
    options: Options
    root: Root
    warnings: tuple[Problem, ...]
    written: WrittenFile
    """The file with its places."""
    secrets: Mapping[str, str] = {}
    """Those that are known without asking anybody; a vault is asked when the run begins."""
    roots: tuple[Path, ...] = ()
    """The packs of its run, beside the shipped one."""
    guardian: "Begun | None" = None
    """One that was forked while nothing was going on yet."""


def read_toolkit(
    path: Path, options: Options = NO_OPTIONS, *, written: WrittenFile | None = None, root: Root | None = None
) -> ToolkitFile:
    """Read and validate; raises InvalidFile with all problems. Whoever gets the file closes its root.

    `written` and `root`: where they are there already.
    """
    try:
        root = root or start_root()
    except OSError as error:
        raise InvalidInput(
            f"no worker process can be started: {error.strerror}", "free some memory"
        ) from None
    try:
        return _read(written or read_written(path), path, options, root)
    except BaseException:
        root.close()
        raise


def _read(written: WrittenFile, path: Path, options: Options, root: Root) -> ToolkitFile:
    source, document = written.source, parse(written)
    as_written = cast("dict[str, JsonValue]", written.document)
    loaded = _loaded(path, options, root)
    if "problem" in loaded:
        raise _of_chaoslib(written, loaded)
    warnings = [written.problem_with_key(*told) for told in unknown_keys(as_written)]
    warnings += [source.problem(Spot(1, 1), text, "chaoslib says so") for text in loaded["warnings"]]
    return ToolkitFile(
        path=Path(os.path.abspath(path)),  # noqa: PTH100  resolve() would follow links out of the user's folder
        name=source.name,
        sha256=source.sha256,
        document=document,
        masked=masked(as_written),
        runtime=document.head.runtime or _runtime_of_settings(loaded["runtime"]),
        has_controls=document.has_controls or bool(loaded["global_controls"]),
        options=options,
        root=root,
        warnings=tuple(warnings),
        secrets=known_secrets(document.head.secrets, document.head.configuration),
        written=written,
    )


def load_request(path: Path, options: Options) -> dict[str, Any]:
    """What a root is asked first."""
    return {
        "verb": "experiment",
        "call": "load",
        "path": str(path),
        "variables": list(options.variables),
        "var_files": [str(file) for file in options.var_files],
        "control_files": [str(file) for file in options.control_files],
        "validate": options.validate_first,
    }


def _loaded(path: Path, options: Options, root: Root) -> dict[str, Any]:
    try:
        return root.ask(load_request(path, options), LOAD_TIMEOUT_S)
    except TimeoutError:
        return {"problem": f"loading it and importing its modules took more than {LOAD_TIMEOUT_S:g} s"}
    except EOFError:
        return {"problem": "importing one of its modules ended the worker process"}


def _of_chaoslib(written: WrittenFile, loaded: dict[str, Any]) -> InvalidFile:
    """What chaoslib found, at the place at which it complains."""
    problem = str(loaded["problem"])
    told = problem.partition(": ")[2] if problem.startswith("Invalid") else problem
    way, hint = tuple(loaded.get("way", ())), "mend it; the Chaos Toolkit would refuse it as well"
    return InvalidFile([written.problem_at(way, told, hint)])


def _runtime_of_settings(runtime: dict[str, Any]) -> Runtime:
    try:
        return Runtime.model_validate(runtime)
    except ValueError as error:
        raise InvalidInput(
            f"`runtime` of the Chaos Toolkit's settings: {error}", "mend ~/.chaostoolkit/settings.yaml"
        ) from None
