"""httpx without its command line, which takes longer to import than all the rest of it."""

import sys
from typing import Final

_COMMAND_LINE: Final = "httpx._main"


def import_httpx() -> None:
    """The first import of httpx, as on a machine without click, rich and pygments, which it provides for.

    `import httpx` does the rest. Not thread-safe: call it from the event loop.
    """
    if "httpx" in sys.modules:
        return
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]  # Python's own way to say: not to be found
    try:
        import httpx  # noqa: F401  imported for later
    finally:
        del sys.modules[_COMMAND_LINE]
