"""The Chaos Toolkit's experiment format as models: for whatever is wrong in a file, at its place.

A file in which nothing is wrong is read without them: `document.py` takes no more than what they accept.
Unknown keys are told, not refused.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, JsonValue, Tag

from seatrial.model.base import Model
from seatrial.toolkit.strategies import HypothesisStrategy, RollbackStrategy


class _Open(Model):
    model_config = ConfigDict(extra="allow")


class PythonForm(_Open):
    """A function of an importable module."""

    type: Literal["python"] = "python"
    module: str = Field(min_length=1)
    func: str = Field(min_length=1)
    arguments: dict[str, JsonValue] = {}
    """Each may hold `${name}` of configuration and secrets."""
    secrets: list[str] | None = None
    """Names of groups of secrets; the function gets them merged as its `secrets`."""


class ProcessForm(_Open):
    """A program."""

    type: Literal["process"] = "process"
    path: str = Field(min_length=1)
    arguments: str | list[JsonValue] | dict[str, JsonValue] | None = None
    """A text is for a shell."""
    timeout: float | str | None = None
    """Seconds."""


class HttpForm(_Open):
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


class PausesForm(_Open):
    """Seconds around an activity, or a `${name}` of the configuration."""

    before: float | str | None = None
    after: float | str | None = None


class ActivityForm(_Open):
    """One activity."""

    type: Literal["probe", "action"]
    name: str = Field(min_length=1)
    provider: Annotated[PythonForm | ProcessForm | HttpForm, Field(discriminator="type")]
    tolerance: JsonValue = None
    pauses: PausesForm | None = None
    background: bool = False
    timeout: float | None = None
    controls: list[dict[str, JsonValue]] = []
    dry: JsonValue = None


class RefForm(_Open):
    """An activity that is declared elsewhere."""

    ref: str = Field(min_length=1)
    background: bool = False


def _kind(value: object) -> str:
    """Of what is written, or of what was read and is written again: the model's name, to find places by."""
    is_ref = "ref" in value if isinstance(value, dict) else isinstance(value, RefForm)
    return (RefForm if is_ref else ActivityForm).__name__


Step = Annotated[
    Annotated[RefForm, Tag(RefForm.__name__)] | Annotated[ActivityForm, Tag(ActivityForm.__name__)],
    Discriminator(_kind),
]


class HypothesisForm(_Open):
    """What has to hold, as probes with tolerances."""

    title: str = Field(min_length=1)
    probes: list[Step] = []
    controls: list[dict[str, JsonValue]] = []


class HypothesisRuntimeForm(_Open):
    """`runtime.hypothesis`."""

    strategy: HypothesisStrategy = "default"


class RollbacksRuntimeForm(_Open):
    """`runtime.rollbacks`."""

    strategy: RollbackStrategy = "default"


class RuntimeForm(_Open):
    """Strategies that the file asks for."""

    hypothesis: HypothesisRuntimeForm = HypothesisRuntimeForm()
    rollbacks: RollbacksRuntimeForm = RollbacksRuntimeForm()


class ExtensionForm(_Open):
    """Whatever another tool keeps in the file."""

    name: str = Field(min_length=1)


class Form(_Open):
    """One experiment."""

    title: str = Field(min_length=1)
    description: str = Field(min_length=1)
    tags: list[str] = []
    configuration: dict[str, JsonValue] = {}
    secrets: dict[str, dict[str, JsonValue]] = {}
    hypothesis: HypothesisForm | None = Field(default=None, alias="steady-state-hypothesis")
    method: list[Step]
    rollbacks: list[Step] = []
    controls: list[dict[str, JsonValue]] = []
    extensions: list[ExtensionForm] = []
    runtime: RuntimeForm | None = None
