"""Every malformed file gives exit 2, a message that names file and line, a remedy, and no traceback."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.conftest import Run

MALFORMED = Path(__file__).parents[1] / "files" / "malformed"


class Expected(NamedTuple):
    """A file of the corpus, the line that must be named, and words that must be said."""

    name: str
    line: str
    message: str
    hint: str


def expected() -> list[Expected]:
    lines = (MALFORMED / "expected.txt").read_text().splitlines()
    return [Expected(*(part.strip() for part in line.split(" | "))) for line in lines if line[0] != "#"]


CORPUS = expected()


def test_the_corpus_is_whole() -> None:
    files = {path.name for path in MALFORMED.iterdir()} - {"expected.txt"}
    assert files == {row.name for row in CORPUS}
    assert len(files) >= 60


@pytest.mark.parametrize("row", CORPUS, ids=[row.name for row in CORPUS])
def test_a_malformed_file_is_told(row: Expected, run: Run) -> None:
    path = MALFORMED / row.name
    said = run("check", path)
    assert (said.code, said.out) == (2, ""), said.err
    assert "Traceback" not in said.err
    headline, hint, *more = said.err.splitlines()
    assert headline.startswith(f"error: {path}:{row.line}:")
    assert row.message in headline
    assert hint.startswith("  hint: ")
    assert row.hint in hint
    assert not more, "one mistake is one problem"


def test_all_files_are_told_at_once(run: Run) -> None:
    said = run("check", *(MALFORMED / row.name for row in CORPUS))
    assert said.code == 2
    assert said.err.count("error: ") == said.err.count("  hint: ") == len(CORPUS)


GENERATED = {
    "empty.yaml": (b"", ":1:1: the file is empty", "seatrial init"),
    "blank.json": (b" \n\n", ":1:1: the file is empty", "seatrial init"),
    "huge.yaml": (b"# " + b"x" * 1024 * 1024, ":1:1: the file is larger than 1 MiB", "split it"),
    "binary.yaml": (bytes(range(256)) * 8, ":2:118: the byte 0x80 is not UTF-8", "UTF-8"),
    "zeros.yaml": (b"title: \x00\x00", ":1:8: the character U+0000 is not text", "remove it"),
    "latin1.yaml": (
        "title: a\nowner: caf\xe9\n".encode("latin-1"),
        ":2:11: the byte 0xe9 is not UTF-8",
        "save",
    ),
    "utf16.yaml": ("title: a".encode("utf-16"), ":1:1: the file is UTF-16", "save it as UTF-8"),
    "elf.json": (b"\x7fELF\x02\x01\x01" + bytes(64), ":1:1: the character U+007F", "binary"),
    "experiment.txt": (b"title: a", ":1:1: this is not an experiment file by its name", "*.yaml"),
    "many.yaml": (b"tags: [" + b"a, " * 12_000 + b"a]", ":1:", "write fewer"),
    "many.json": (b"[" + b"1, " * 12_000 + b"1]", ":1:29999: more than 10000 values", "write fewer"),
    "deep.yaml": (b"a: " + b"[" * 100_000, ":1:", "flatter"),
    "deep.json": (b"[" * 100_000, ":1:52: nested more than 50 deep", "flatter"),
    "long_number.json": (b'{"seed": ' + b"9" * 10_000 + b"}", ":1:10: a number of 10000 digits", "smaller"),
    "long_number.yaml": (b"seed: " + b"9" * 10_000, ":1:7: a number of 10000 digits", "smaller"),
    "overflow.json": (b'{"seed": 1e999}', ":1:10: the number 1e999 is too large", "smaller"),
    "carriage_return.yaml": (b"title: a\r\ntitel: b\r\n", ":2:1: unknown key `titel`", "`title`"),
    "byte_order_mark.json": (b"\xef\xbb\xbf[1]", ":1:1: an experiment is a mapping", "title"),
}


@pytest.mark.parametrize("name", GENERATED)
def test_what_is_no_text_is_told(name: str, run: Run, tmp_path: Path) -> None:
    data, message, hint = GENERATED[name]
    (tmp_path / name).write_bytes(data)
    said = run("check", tmp_path / name)
    assert said.code == 2
    assert "Traceback" not in said.err
    assert f"{name}{message}" in said.err
    assert hint in said.err.split("hint: ", 1)[1]


def test_what_is_no_file_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("title: a\n")
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    said = run("check", *(tmp_path / name for name in ("shpo.yaml", "pipe.yaml", "folder.yaml", "no/x.yaml")))
    assert said.code == 2
    assert "shpo.yaml:1:1: there is no such file" in said.err
    assert f"did you mean {tmp_path}/shop.yaml?" in said.err
    assert "pipe.yaml:1:1: this is no regular file" in said.err
    assert "folder.yaml:1:1: this is a folder" in said.err
    assert "no/x.yaml:1:1: there is no such file" in said.err


@pytest.mark.parametrize("name", ["unknown_key.yaml", "json_trailing_comma.json"])
def test_the_command_says_so_too(name: str, tmp_path: Path) -> None:
    path = MALFORMED / name
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", "check", str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{path}:" in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
