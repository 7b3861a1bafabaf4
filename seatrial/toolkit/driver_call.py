"""A call of a Chaos Toolkit driver, as it stands in an experiment of Seatrial's own form."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, field_validator, model_validator

from seatrial.model.base import Model
from seatrial.toolkit.activity import Activity, activity_of
from seatrial.toolkit.drivers import problem_of
from seatrial.toolkit.form import HttpForm, ProcessForm
from seatrial.toolkit.outcome import Outcome, run_here

_GROUP = "of_the_call"
"""The Chaos Toolkit hands secrets on in groups; a call has one."""


def _is_tolerance(value: JsonValue) -> JsonValue:
    if isinstance(value, dict) and value.get("type") not in ("probe", "regex", "jsonpath", "range"):
        raise ValueError(
            "this is no tolerance: write a value, a list, or `type: range`, `regex`, `jsonpath`, `probe`"
        )
    return value


Tolerance = Annotated[JsonValue, AfterValidator(_is_tolerance)]
"""What the Chaos Toolkit compares an answer with: a value, a list, or a mapping with a `type`."""


class DriverCall(Model):
    """A function of a driver, or a program or request as the Chaos Toolkit makes it."""

    module: str | None = Field(default=None, min_length=1)
    """Where the function is: `chaosk8s.deployment.actions`."""
    func: str | None = Field(default=None, min_length=1)
    """Its name; `seatrial list drivers` shows all that there are."""
    arguments: dict[str, JsonValue] = {}
    """What it is given."""
    provider: ProcessForm | HttpForm | None = Field(default=None, discriminator="type")
    """In place of a function, a provider of `type: process` or `type: http` as in a Chaos Toolkit file."""
    configuration: dict[str, JsonValue] = {}
    """What the driver reads as its configuration: `prometheus_base_url`."""
    secrets: dict[str, JsonValue] = Field(default={}, repr=False)
    """What the driver reads as its secrets; write the values as `${env:NAME}`."""

    @field_validator("provider")
    @classmethod
    def _is_known(cls, provider: ProcessForm | HttpForm | None) -> Any:
        if provider is not None and provider.model_extra:
            raise ValueError(f"a provider has no {', '.join(map(repr, provider.model_extra))}: remove it")
        return provider

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        if (self.provider is None) is (self.module is None or self.func is None):
            raise ValueError("name a function: add `module` and `func`, or a `provider`, and not both")
        if self.module is not None and self.func is not None:
            problem = problem_of(self.module, self.func, self.given)
            if problem:
                raise ValueError(problem)
        return self

    @property
    def given(self) -> dict[str, JsonValue]:
        """The arguments that are known before the target is."""
        return self.arguments

    @property
    def what(self) -> str:
        """What is called, in short: `scale_deployment(name='shop', replicas=0)`."""
        if self.provider is not None:
            return self._activity("action", {}).what
        told = ", ".join(f"{key}={value!r}" for key, value in self.arguments.items())
        return f"{self.func}({told})"

    @property
    def beside(self) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Configuration and secrets, as the Chaos Toolkit hands them on."""
        return self.configuration, {_GROUP: self.secrets}

    def activity(self, tolerance: JsonValue = None) -> Activity:
        """The call as a probe of the Chaos Toolkit, its secrets not in it."""
        return self._activity("probe", {}, tolerance)

    def _activity(
        self, kind: Literal["action", "probe"], more: dict[str, JsonValue], tolerance: JsonValue = None
    ) -> Activity:
        provider: dict[str, Any]
        if self.provider is not None:
            provider = self.provider.model_dump(exclude_unset=True) | {"type": self.provider.type}
        else:
            provider = {"type": "python", "module": self.module, "func": self.func}
            provider |= {"arguments": {**self.arguments, **more}, "secrets": [_GROUP] if self.secrets else []}
        judged = {} if tolerance is None else {"tolerance": tolerance}
        return activity_of({"type": kind, "name": self.func or "provider", "provider": provider, **judged})


class TargetCall(DriverCall):
    """A call that acts on a target."""

    target_as: str | None = Field(default=None, min_length=1)
    """Which argument of the function the name of the target is given as; without it, none."""

    @property
    def given(self) -> dict[str, JsonValue]:
        return self.named("") if self.target_as else self.arguments

    @model_validator(mode="after")
    def _names_it_once(self) -> Self:
        if self.target_as is not None and (self.provider is not None or self.target_as in self.arguments):
            raise ValueError(
                f"`target_as: {self.target_as}` has to name an argument that stands nowhere else"
            )
        return self

    def named(self, target: str) -> dict[str, JsonValue]:
        """The arguments for a target."""
        return {**self.arguments, **({self.target_as: target} if self.target_as else {})}

    def run_on(self, target: str) -> Outcome:
        """Make the call, in this very process, which must be one that can be killed."""
        return run_here(self._activity("action", self.named(target)), *self.beside)


class JudgedCall(TargetCall):
    """A call whose answer tells whether something is so."""

    tolerance: Tolerance = True
    """What it has to answer, in any form of the Chaos Toolkit."""

    def holds_on(self, target: str) -> Outcome:
        """The same, its answer held against the tolerance."""
        return run_here(self._activity("probe", self.named(target), self.tolerance), *self.beside, judge=True)
