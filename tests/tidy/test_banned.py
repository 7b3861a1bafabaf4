"""The bans of pyproject.toml catch what they are there for, and every exception says why."""

import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from io import StringIO

import pytest

from tests.tidy.source import ROOT, Module, module, modules

BAD = {
    "TID251 time.sleep": "import time\n\ntime.sleep(1)\n",
    "TID251 time.time": "from time import time\n\nbegin = time()\n",
    "TID251 random.choice": "import random\n\nrandom.choice([1])\n",
    "TID251 unittest.mock": "from unittest.mock import Mock\n\nMock()\n",
    "DTZ005": "from datetime import datetime\n\ndatetime.now()\n",
    "DTZ003": "from datetime import datetime\n\ndatetime.utcnow()\n",
    "BLE001": "try:\n    f()\nexcept Exception:\n    g()\n",
    "E722": "try:\n    f()\nexcept:\n    g()\n",
    "S110": "try:\n    f()\nexcept Exception:\n    pass\n",
    "T201": "print(1)\n",
    "ASYNC251": "import time\n\n\nasync def f() -> None:\n    time.sleep(1)\n",
    "ASYNC221": "import subprocess\n\n\nasync def f() -> None:\n    subprocess.run(['true'])\n",
    "S602": "import subprocess\n\nsubprocess.run('true', shell=True)\n",
    "D101": '"""A module."""\n\n\nclass Public:\n    x = 1\n',
    "PGH003": "x: int = ''  # type: ignore\n",
}


@pytest.mark.parametrize(("wanted", "text"), BAD.items(), ids=list(BAD))
def test_ruff_refuses(wanted: str, text: str) -> None:
    code, _, name = wanted.partition(" ")
    said = ruff(text, "seatrial/example.py")
    assert f" {code} " in said
    assert name in said


def test_ruff_lets_good_code_pass() -> None:
    good = '"""A module."""\n\nimport time\n\n\ndef f() -> float:\n    return time.monotonic()\n'
    assert "All checks passed" in ruff(good, "seatrial/example.py")


def ruff(text: str, name: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--stdin-filename", name, "-"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


EXCEPTION = re.compile(r"#\s*noqa\b(?P<codes>:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?(?P<reason>.*)")


def unreasoned(found: Module) -> Iterator[str]:
    """Comments that switch a lint rule off without telling why."""
    if "noqa" not in found.text:
        return  # to take a file apart is slow
    for token in tokenize.generate_tokens(StringIO(found.text).readline):
        match = EXCEPTION.search(token.string) if token.type == tokenize.COMMENT else None
        if match and (not match["codes"] or len(match["reason"].split()) < 2):
            yield f"{found.name}:{token.start[0]}: {token.string}"


def test_every_exception_says_why() -> None:
    bare = [line for found in modules() for line in unreasoned(found)]
    assert not bare, "write `# noqa: CODE  the reason`:\n" + "\n".join(bare)


def test_an_exception_without_a_reason_is_found() -> None:
    text = "a = 1  # noqa\nb = 2  # noqa: E501\nc = 3  # noqa: E501  a table reads better\nd = '# noqa'\n"
    assert [line.split(":")[1] for line in unreasoned(module("x.py", text))] == ["1", "2"]
