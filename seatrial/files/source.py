"""The bytes of a file: bounded, text, and nothing in them that no text holds."""

import bisect
import hashlib
import re
from functools import cached_property
from pathlib import Path

import msgspec

from seatrial.files.nearest import nearest
from seatrial.files.node import Spot
from seatrial.files.problem import InvalidFile, Problem

BYTES_MAX = 1024 * 1024
_BEGIN = Spot(1, 1)
SUFFIXES = (".yaml", ".yml", ".json")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}


class Source(msgspec.Struct, frozen=True, dict=True):
    """A file's text, and the way to complain about it."""

    name: str
    """The path as the user wrote it."""
    text: str
    sha256: str

    def spot_at(self, index: int) -> Spot:
        """Line and column of a character."""
        line = bisect.bisect_right(self._line_starts, index)
        return Spot(line, index - self._line_starts[line - 1] + 1)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def problem(self, spot: Spot, message: str, hint: str) -> Problem:
        return Problem(file=self.name, line=spot.line, column=spot.column, message=message, hint=hint)

    def invalid(self, spot: Spot, message: str, hint: str) -> InvalidFile:
        return InvalidFile([self.problem(spot, message, hint)])


def read_source(path: Path, what: str = "an experiment") -> Source:
    """Read a whole file; raises InvalidFile where it cannot be a text of the user's.

    `what` it is to be, for messages.
    """
    data = _read_bytes(path, what)
    text = _decode(path, data, what)
    source = Source(str(path), text, hashlib.sha256(data).hexdigest())
    bad = _UNPRINTABLE.search(text)
    if bad:
        raise source.invalid(
            source.spot_at(bad.start()),
            f"the character U+{ord(bad[0]):04X} is not text",
            f"remove it; a binary file cannot be {what}",
        )
    if not text.strip():
        raise source.invalid(_BEGIN, "the file is empty", "`seatrial init` writes examples to begin with")
    return source


def _read_bytes(path: Path, what: str) -> bytes:
    if path.suffix.lower() not in SUFFIXES:
        raise _whole(path, f"this is not {what} file by its name", "name it *.yaml, *.yml or *.json")
    try:
        if not path.is_file():
            raise _not_there(path)
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise _whole(
            path, f"cannot be read: {error.strerror or error}", "mend its path or its permissions"
        ) from None
    if len(data) > BYTES_MAX:
        hint = f"split it: {what} is small; data belongs elsewhere"
        raise _whole(path, "the file is larger than 1 MiB", hint)
    return data


def _not_there(path: Path) -> InvalidFile:
    if path.is_dir():
        return _whole(path, "this is a folder", f"name the files in it, such as {path}/*.yaml")
    if path.exists():
        return _whole(path, "this is no regular file", "name a file on disk")
    folder = path.parent
    others = [p.name for p in folder.iterdir() if p.suffix in SUFFIXES] if folder.is_dir() else []
    guess = nearest(path.name, others)
    hint = f"did you mean {folder / guess}?" if guess else "mend the path"
    return _whole(path, "there is no such file", hint)


def _decode(path: Path, data: bytes, what: str) -> str:
    for mark, name in _OTHER_ENCODINGS.items():
        if data.startswith(mark):
            raise _whole(path, f"the file is {name}, not UTF-8", "save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        hint = f"save the file as UTF-8; a binary file cannot be {what}"
        raise _whole(path, message, hint, Spot(before.count(b"\n") + 1, column)) from None


def _whole(path: Path, message: str, hint: str, spot: Spot = _BEGIN) -> InvalidFile:
    return InvalidFile(
        [Problem(file=str(path), line=spot.line, column=spot.column, message=message, hint=hint)]
    )
