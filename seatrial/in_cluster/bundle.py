"""All that a run needs of this machine's files, in one archive small enough for a Secret."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from seatrial.errors import InvalidInput

BYTES_MAX: Final = 700_000
"""A Secret holds a MiB at most, a third of which base64 takes."""
_KINDS: Final = frozenset({".py", ".yaml", ".yml", ".json", ".toml", ".txt", ".csv", ".html", ".j2", ".pem"})
_NEVER: Final = frozenset({"runs", "__pycache__", ".git", ".venv", "venv", "node_modules"})


def packed(file: Path, root: Path | None) -> bytes:
    """The pack around the file, or else the files beside it, as a tar.gz that is equal for equal files.

    Raises InvalidInput where that is too much.
    """
    folder = root if root is not None else file.parent
    found = sorted(_files(folder)) if root is not None else sorted(_beside(folder))
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=9) as archive:
        for one in found:
            info = tarfile.TarInfo(str(one.relative_to(folder)))
            content = one.read_bytes()
            info.size, info.mode = len(content), 0o600
            archive.addfile(info, io.BytesIO(content))
    if raw.tell() > BYTES_MAX:
        raise InvalidInput(
            f"{folder} is too large for a Secret: {raw.tell():,} bytes packed, {BYTES_MAX:,} at most",
            "keep experiments in a folder of their own, or put large files into the image",
        )
    return raw.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """The files of an archive, below a folder; nothing of it can lead out of there."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        archive.extractall(folder, filter="data")


def _files(folder: Path) -> Iterator[Path]:
    for one in folder.iterdir():
        if one.is_dir() and not one.is_symlink():
            if one.name not in _NEVER:
                yield from _files(one)
        elif one.is_file() and one.suffix in _KINDS:
            yield one


def _beside(folder: Path) -> Iterator[Path]:
    return (one for one in folder.iterdir() if one.is_file() and one.suffix in _KINDS)
