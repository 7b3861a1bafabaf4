"""The smallest driver, for tests of whoever calls drivers: a folder is a shelf, its files are things."""

import os
import threading
from pathlib import Path

__all__ = ["answer", "fail", "hang", "put", "remove", "stands", "things"]


def put(shelf: str, thing: str, text: str = "", secrets: dict[str, str] | None = None) -> str:
    """Put a thing on the shelf, with a secret in it where there is one."""
    path = Path(shelf) / thing
    path.write_text(text or (secrets or {}).get("word", ""))
    return str(path)


def remove(shelf: str, thing: str) -> bool:
    """Take a thing away; False where it was not there."""
    try:
        (Path(shelf) / thing).unlink()
    except FileNotFoundError:
        return False
    return True


def stands(shelf: str, thing: str) -> bool:
    """Whether a thing is there."""
    return (Path(shelf) / thing).exists()


def things(shelf: str, configuration: dict[str, str] | None = None) -> dict[str, object]:
    """What is there, in a form to pick from."""
    names = sorted(os.listdir(shelf))
    return {"count": len(names), "names": names, "configuration": configuration or {}}


def answer(value: object = None) -> object:
    """What it is asked to."""
    return value


def fail(reason: str = "it is broken") -> None:
    """Raise."""
    raise RuntimeError(reason)


def hang(seconds: float = 60.0) -> None:
    """Answer nothing for a long time."""
    threading.Event().wait(seconds)
