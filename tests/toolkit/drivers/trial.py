"""A driver for tests: does next to nothing, and tells of it in the file $TRIAL_LOG."""

import os
import threading
from pathlib import Path
from typing import Any

Configuration = dict[str, Any]
_memory: dict[str, Any] = {}


def told(text: object) -> None:
    if log := os.environ.get("TRIAL_LOG"):
        with Path(log).open("a") as file:
            file.write(f"{text}\n")


def give(value: Any = None) -> Any:
    """An activity that returns what it is given."""
    told(f"give {value!r}")
    return value


def nap(secs: float) -> float:
    told(f"nap {secs}")
    threading.Event().wait(secs)
    return secs


def fail(text: str = "as asked") -> None:
    told(f"fail {text}")
    raise RuntimeError(text)


def known(
    name: str, configuration: Configuration | None = None, secrets: Configuration | None = None
) -> dict[str, Any]:
    """What a function is told beside its arguments; of secrets only how long they are."""
    told(f"known {name}")
    lengths = {key: len(str(value)) for key, value in (secrets or {}).items()}
    return {"name": name, "configuration": configuration, "secrets": lengths}


def remember(value: Any) -> Any:
    """What this process was told before."""
    before = _memory.get("value")
    _memory["value"] = value
    told(f"remember {value!r}")
    return before


def leave(secs: float) -> None:
    """End the run, after a while, as a safeguard does."""
    from chaoslib.exit import exit_gracefully

    threading.Timer(secs, exit_gracefully).start()


def within(value: Any, most: float) -> bool:
    """A tolerance that is a probe."""
    return float(value) <= most
