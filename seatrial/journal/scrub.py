"""Keeping secrets out of the journal: what came from the environment goes back to its name.

Texts for people show `${env:NAME}`. The state of an undo, which has to work again in another process,
carries a marker that `restored` turns back; text that merely looks like `${...}` is left alone there.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from seatrial.model.record import JsonValue

LENGTH_MIN: Final = 4
"""Shorter values are no secrets, and would be found everywhere."""
_STRUCTURE: Final = frozenset(
    {
        "kind",
        "phase",
        "why",
        "result",
        "by",
        "prev",
        "id",
        "action",
        "run_id",
        "histogram",
        "latency",
        "service",
    }
)
"""Keys whose values are Seatrial's own words."""
_FREE_KEYS: Final = frozenset({"errors", "user_errors"})
"""Objects whose keys are other people's texts."""
SECRET: Final = "secret:"
"""How the name of a secret begins that is not from the environment: `secret:group.key`."""
_MARKER: Final = re.compile("\x01env:([^\x01]+)\x01")


class Scrubber:
    """Takes the values of secrets out of JSON."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        longest_first = sorted(secrets.items(), key=lambda item: -len(item[1]))
        self._secrets = [(name, value) for name, value in longest_first if len(value) >= LENGTH_MIN]

    def __bool__(self) -> bool:
        return bool(self._secrets)

    def scrub(self, value: JsonValue) -> JsonValue:
        """The same JSON without any secret."""
        return self._walk(value, "${{{}}}".format)

    def _walk(self, value: JsonValue, write: Callable[[str], str], key: str = "") -> JsonValue:
        if isinstance(value, dict):
            return {self._key(k, key): self._member(k, v, write) for k, v in value.items()}
        if isinstance(value, list):
            return [self._walk(item, write, key) for item in value]
        return self._replace(value, write) if isinstance(value, str) else value

    def _member(self, key: str, value: JsonValue, write: Callable[[str], str]) -> JsonValue:
        if key in _STRUCTURE and isinstance(value, str):
            return value
        return self._walk(value, "\x01{}\x01".format if key == "state" else write, key)

    def _key(self, key: str, within: str) -> str:
        return self._replace(key, "${{{}}}".format) if within in _FREE_KEYS else key

    def _replace(self, text: str, write: Callable[[str], str]) -> str:
        for name, value in self._secrets:
            text = text.replace(value, write(name if name.startswith(SECRET) else f"env:{name}"))
        return text


def restored(value: JsonValue, environ: Mapping[str, str]) -> JsonValue:
    """The state of an undo with its secrets back in place; raises KeyError for a variable that is not set."""
    if isinstance(value, dict):
        return {key: restored(inner, environ) for key, inner in value.items()}
    if isinstance(value, list):
        return [restored(inner, environ) for inner in value]
    return _MARKER.sub(lambda match: environ[match[1]], value) if isinstance(value, str) else value
