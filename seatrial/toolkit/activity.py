"""An activity of the Chaos Toolkit: a probe or an action, and the provider that does it."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue

from seatrial.model.base import Model

GRACE_S = 0.5
"""How much longer than the provider's own timeout an activity may take, so that its own message is heard."""


class Open(Model):
    """A model of that format: it accepts unknown keys, and so do we. They are told, not refused."""

    model_config = ConfigDict(extra="allow")


class PythonProvider(Open):
    """A function of an importable module."""

    type: Literal["python"] = "python"
    module: str = Field(min_length=1)
    func: str = Field(min_length=1)
    arguments: dict[str, JsonValue] = {}
    """Each may hold `${name}` of configuration and secrets."""
    secrets: list[str] | None = None
    """Names of groups of secrets; the function gets them merged as its `secrets`."""


class ProcessProvider(Open):
    """A program."""

    type: Literal["process"] = "process"
    path: str = Field(min_length=1)
    arguments: str | list[JsonValue] | dict[str, JsonValue] | None = None
    """A text is for a shell."""
    timeout: float | str | None = None
    """Seconds."""


class HttpProvider(Open):
    """An HTTP request."""

    type: Literal["http"] = "http"
    url: str = Field(min_length=1)
    method: str = "GET"
    headers: dict[str, JsonValue] | None = None
    timeout: float | str | list[float] | None = None
    """Seconds; a pair is for connecting and for reading."""
    arguments: JsonValue = None
    verify_tls: bool | str = True
    max_retries: int = 0


Provider = Annotated[PythonProvider | ProcessProvider | HttpProvider, Field(discriminator="type")]


class Pauses(Open):
    """Seconds around an activity, or a `${name}` of the configuration."""

    before: float | str | None = None
    after: float | str | None = None


class Activity(Open):
    """One activity, as written; `${name}` stays in it until it is run."""

    type: Literal["probe", "action"]
    name: str = Field(min_length=1)
    provider: Provider
    tolerance: JsonValue = None
    pauses: Pauses | None = None
    background: bool = False
    timeout: float | None = None
    """Seconds; the Chaos Toolkit reads it and does not enforce it."""
    controls: list[dict[str, JsonValue]] = []
    dry: JsonValue = None

    @property
    def document(self) -> dict[str, Any]:
        """As chaoslib wants it: what was written, and nothing more."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True) | {"type": self.type}

    @property
    def what(self) -> str:
        """What is done, for people: `chaosk8s.pod.actions.terminate_pods`, a program, a URL."""
        match self.provider:
            case PythonProvider(module=module, func=func):
                return f"{module}.{func}"
            case ProcessProvider(path=path):
                return path
            case HttpProvider(method=method, url=url):
                return f"{method.upper()} {url}"

    def deadline_s(self) -> float | None:
        """After how many seconds it is killed; None where neither it nor its provider has a timeout."""
        limits = [self.timeout, _provider_limit_s(self.provider)]
        return min((limit for limit in limits if limit is not None), default=None)


def _provider_limit_s(provider: PythonProvider | ProcessProvider | HttpProvider) -> float | None:
    timeout = None if isinstance(provider, PythonProvider) else provider.timeout
    if isinstance(timeout, list):
        timeout = sum(timeout)
    if not isinstance(timeout, float):
        return None  # a `${name}`, which is known only where it is run
    tries = 1 + provider.max_retries if isinstance(provider, HttpProvider) else 1
    return timeout * tries + GRACE_S


def python_activity(
    module: str,
    func: str,
    arguments: dict[str, JsonValue] | None = None,
    *,
    type: Literal["probe", "action"] = "action",  # noqa: A002  its name in that format
) -> Activity:
    """The activity that calls a function of a driver."""
    provider = {"type": "python", "module": module, "func": func, "arguments": arguments or {}}
    return Activity.model_validate({"type": type, "name": f"{module}.{func}", "provider": provider})
