"""No file tells where it was made: no path of a machine, no address of a package registry."""

import re

import pytest

from tests.tidy.source import ROOT, tracked_files

# Written so that this file does not find itself.
FOREIGN = re.compile(
    r"py[p]i\.org|python[h]osted|registry\.npm[j]s|deb\.de[b]ian|/wor[k]/|/roo[t]/\.|/tmp/uv[e]nv|/home/[a-z]+/"
)
SIZE_MAX = 2_000_000


def foreign(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), 1) if FOREIGN.search(line)]


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    files = tracked_files()
    assert len(files) > 20
    texts = {path: (ROOT / path).read_bytes().decode(errors="replace") for path in files}
    found = [f"{path}:{line}" for path, text in texts.items() for line in foreign(text)]
    assert not found, "\n".join(found)


def test_no_lock_file_of_uv_is_there() -> None:
    assert not (ROOT / "uv.lock").exists(), "it records addresses; requirements.lock is the lock"


def test_no_tracked_file_is_huge() -> None:
    huge = [str(path) for path in tracked_files() if (ROOT / path).stat().st_size > SIZE_MAX]
    assert not huge


@pytest.mark.parametrize(
    "parts", [("py", "pi.org"), ("files.python", "hosted.x"), ("/wo", "rk/main"), ("/ro", "ot/.x")]
)
def test_the_check_can_fail(parts: tuple[str, str]) -> None:
    assert foreign("fine\n" + "".join(parts)) == [2]
