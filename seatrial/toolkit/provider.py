"""Who does an activity of the Chaos Toolkit: a Python function, a program, an HTTP request."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from seatrial.model.record import JsonValue, Record

GRACE_S = 0.5
"""How much longer than the provider's own timeout an activity may take, so that its own message is heard."""
Text = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
"""No infinity, and all else that `form.py` takes."""


class Open(Record, forbid_unknown_fields=False):
    """A part of that format: it accepts unknown keys, and so do we. They are told, not refused."""

    @classmethod
    def keys(cls) -> frozenset[str]:
        """Those that the format knows."""
        fields = (field.encode_name for field in msgspec.structs.fields(cls))
        return frozenset(filter(None, (cls.__struct_config__.tag_field, *fields)))

    @classmethod
    def unknown_in(cls, written: Mapping[str, Any]) -> dict[str, Any]:
        """What stands there under other keys."""
        known = cls.keys()
        return {key: value for key, value in written.items() if key not in known}


class PythonProvider(Open, tag_field="type", tag="python"):
    """A function of an importable module."""

    module: Text
    func: Text
    arguments: dict[str, JsonValue] = {}
    """Each may hold `${name}` of configuration and secrets."""
    secrets: list[str] | None = None
    """Names of groups of secrets; the function gets them merged as its `secrets`."""

    @property
    def what(self) -> str:
        return f"{self.module}.{self.func}"

    def limit_s(self) -> float | None:
        return None


class ProcessProvider(Open, tag_field="type", tag="process"):
    """A program."""

    path: Text
    arguments: str | list[JsonValue] | dict[str, JsonValue] | None = None
    """A text is for a shell."""
    timeout: Seconds | str | None = None

    @property
    def what(self) -> str:
        return self.path

    def limit_s(self) -> float | None:
        return self.timeout + GRACE_S if isinstance(self.timeout, float) else None


class HttpProvider(Open, tag_field="type", tag="http"):
    """An HTTP request."""

    url: Text
    method: str = "GET"
    headers: dict[str, JsonValue] | None = None
    timeout: Seconds | str | list[Seconds] | None = None
    """A pair is for connecting and for reading."""
    arguments: JsonValue = None
    verify_tls: bool | str = True
    max_retries: int = 0

    @property
    def what(self) -> str:
        return f"{self.method.upper()} {self.url}"

    def limit_s(self) -> float | None:
        timeout = sum(self.timeout) if isinstance(self.timeout, list) else self.timeout
        tries = 1 + min(self.max_retries, sys.maxsize)  # more has no float
        return timeout * tries + GRACE_S if isinstance(timeout, float) else None


Provider = PythonProvider | ProcessProvider | HttpProvider
"""`what` it does, for people; `limit_s`, after which it is killed: None where it has no timeout, or one that
is a `${name}`, which is known only where it is run."""
