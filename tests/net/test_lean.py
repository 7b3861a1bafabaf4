"""httpx is imported without what only its command line needs, and works."""

import subprocess
import sys

CODE = """
import sys
from seatrial.net.lean import import_httpx
import_httpx()
import httpx
assert httpx.AsyncClient and httpx.URL("http://a/b").path == "/b"
print(sorted({"click", "rich", "pygments", "httpx", "httpx._main"} & set(sys.modules)))
"""


def test_what_is_not_needed_is_not_imported() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout == "['httpx']\n"


def test_its_command_line_can_be_imported_all_the_same() -> None:
    code = CODE + "import httpx._main\nprint(httpx._main.main)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Command main" in done.stdout
