"""An activity of the Chaos Toolkit: a probe or an action, and the provider that does it."""

from collections.abc import Mapping
from typing import Any, Literal

from seatrial.model.record import JsonValue, in_models
from seatrial.toolkit.provider import Open, Provider, Seconds, Text

LONGEST_S = 20 * 86_400.0
"""Nothing is waited for longer: poll() cannot wait for 25 days, and tries times timeout may be no number."""


class Pauses(Open):
    """Seconds around an activity, or a `${name}` of the configuration."""

    before: Seconds | str | None = None
    after: Seconds | str | None = None


class Activity(Open):
    """One activity, as written; `${name}` stays in it until it is run. Made by `activity_of`."""

    document: dict[str, Any]
    """As chaoslib wants it: what was written, and nothing more."""
    type: Literal["probe", "action"]
    name: Text
    provider: Provider
    tolerance: JsonValue = None
    pauses: Pauses | None = None
    background: bool = False
    timeout: Seconds | None = None
    """The Chaos Toolkit reads it and does not enforce it."""
    controls: list[dict[str, JsonValue]] = []
    dry: JsonValue = None

    @property
    def what(self) -> str:
        """What is done, for people: `chaosk8s.pod.actions.terminate_pods`, a program, a URL."""
        return self.provider.what

    def deadline_s(self) -> float | None:
        """After how many seconds it is killed; None where neither it nor its provider has a timeout."""
        limits = [limit for limit in (self.timeout, self.provider.limit_s()) if limit is not None]
        return min(*limits, LONGEST_S) if limits else None

    @classmethod
    def keys(cls) -> frozenset[str]:
        """`document` is none of the format's."""
        return super().keys() - {"document"}

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
        return in_models(cls, activity_of, lambda one: one.document)


def activity_of(document: Mapping[str, Any]) -> Activity:
    """Raises ValueError where the format would not have it so."""
    return Activity.model_validate({**document, "document": document})


def python_activity(
    module: str,
    func: str,
    arguments: dict[str, JsonValue] | None = None,
    *,
    type: Literal["probe", "action"] = "action",  # noqa: A002  its name in that format
) -> Activity:
    """The activity that calls a function of a driver."""
    provider = {"type": "python", "module": module, "func": func, "arguments": arguments or {}}
    return activity_of({"type": type, "name": f"{module}.{func}", "provider": provider})
