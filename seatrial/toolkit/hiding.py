"""What of a Chaos Toolkit file is secret: literal values, those of the environment, those of a vault."""

import os
from collections.abc import Iterator, Mapping

from seatrial.journal.scrub import SECRET
from seatrial.model.record import JsonValue
from seatrial.toolkit.vault import SECTION, credentials_of

Values = dict[str, JsonValue]


def known_secrets(secrets: Mapping[str, Values], configuration: Values) -> dict[str, str]:
    """By name, those that are known without asking anybody."""
    groups: dict[str, Values] = {**secrets, SECTION: credentials_of(configuration)}
    return {name: text for group, value in groups.items() for name, text in _known(value, group)}


def masked(document: Values) -> Values:
    """Without the values of literal secrets."""
    secrets, configuration = document.get("secrets"), document.get(SECTION)
    shown = dict(document)
    if isinstance(secrets, dict):
        shown["secrets"] = _mask(secrets, "")
    if isinstance(configuration, dict):
        shown[SECTION] = configuration | {
            key: _mask(value, f"{SECTION}.{key}") for key, value in credentials_of(configuration).items()
        }
    return shown


def _mask(value: JsonValue, name: str) -> JsonValue:
    if isinstance(value, dict):
        if value.get("type") in ("env", "vault"):
            return value
        return {key: _mask(inner, f"{name}.{key}" if name else key) for key, inner in value.items()}
    return f"${{{SECRET}{name}}}"


def _known(value: JsonValue, name: str) -> Iterator[tuple[str, str]]:
    """Secrets that are literal, or in the environment."""
    if isinstance(value, dict) and value.get("type") == "env":
        found = os.environ.get(str(value.get("key")))
        yield from [(SECRET + name, found)] if found else []
    elif isinstance(value, dict) and value.get("type") != "vault":
        for key, inner in value.items():
            yield from _known(inner, f"{name}.{key}")
    elif isinstance(value, str):
        yield SECRET + name, value
