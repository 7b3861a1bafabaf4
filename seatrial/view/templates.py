"""Templates of reports, with their compiled form beside them: compiling takes longer than all the rest."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket, FileSystemBytecodeCache

from seatrial import __version__


def template_environment(
    folder: Path, *, autoescape: bool = False, finalize: Callable[[object], object] | None = None
) -> Environment:
    """The templates of a folder; an unknown name is an error. `finalize` sees every value that is put in.

    As Python's own bytecode, what they are compiled to is kept in `__pycache__` where that can be written.
    """
    return Environment(
        loader=FileSystemLoader(folder),
        bytecode_cache=_cache_in(folder),
        autoescape=autoescape,  # noqa: S701  whoever makes no HTML escapes by `finalize`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )


def _cache_in(folder: Path) -> BytecodeCache | None:
    """None where there is no place, or no wish, for bytecode."""
    if sys.dont_write_bytecode:
        return None
    kept = folder / "__pycache__"
    try:
        kept.mkdir(exist_ok=True)
    except OSError:
        return None
    return _Beside(str(kept), f"%s.{sys.implementation.cache_tag}-{__version__}.jinja")


class _Beside(FileSystemBytecodeCache):
    """One that is a help and no need: what cannot be kept is compiled again."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)
