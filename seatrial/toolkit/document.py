"""The Chaos Toolkit's experiment format. Unknown keys are told, not refused."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Discriminator, Field, JsonValue, Tag

from seatrial.journal.script_entries import Section
from seatrial.toolkit.activity import Activity, Open

HypothesisStrategy = Literal[
    "default", "before-method-only", "after-method-only", "during-method-only", "continuously", "skip"
]
RollbackStrategy = Literal["default", "always", "never", "deviated"]


class Ref(Open):
    """An activity that is declared elsewhere."""

    ref: str = Field(min_length=1)
    background: bool = False


def _kind(value: object) -> str:
    return "Ref" if isinstance(value, Ref) or (isinstance(value, dict) and "ref" in value) else "Activity"


Step = Annotated[Annotated[Ref, Tag("Ref")] | Annotated[Activity, Tag("Activity")], Discriminator(_kind)]


class Hypothesis(Open):
    """What has to hold, as probes with tolerances."""

    title: str = Field(min_length=1)
    probes: list[Step] = []
    controls: list[dict[str, JsonValue]] = []


class HypothesisRuntime(Open):
    """`runtime.hypothesis`."""

    strategy: HypothesisStrategy = "default"


class RollbacksRuntime(Open):
    """`runtime.rollbacks`."""

    strategy: RollbackStrategy = "default"


class Runtime(Open):
    """Strategies that the file asks for."""

    hypothesis: HypothesisRuntime = HypothesisRuntime()
    rollbacks: RollbacksRuntime = RollbacksRuntime()


class Extension(Open):
    """Whatever another tool keeps in the file."""

    name: str = Field(min_length=1)


class Document(Open):
    """One experiment."""

    title: str = Field(min_length=1)
    description: str = Field(min_length=1)
    tags: list[str] = []
    configuration: dict[str, JsonValue] = {}
    secrets: dict[str, dict[str, JsonValue]] = {}
    hypothesis: Hypothesis | None = Field(default=None, alias="steady-state-hypothesis")
    method: list[Step]
    rollbacks: list[Step] = []
    controls: list[dict[str, JsonValue]] = []
    extensions: list[Extension] = []
    runtime: Runtime | None = None

    @property
    def probes(self) -> Sequence[Ref | Activity]:
        return self.hypothesis.probes if self.hypothesis else ()

    def activities(self, section: Section) -> list[Activity]:
        """The activities of a section, those that others refer to in place of the reference."""
        written = {Section.METHOD: self.method, Section.ROLLBACK: self.rollbacks}.get(section, self.probes)
        return [self.resolved(step) for step in written]

    def resolved(self, step: Ref | Activity) -> Activity:
        """Raises KeyError for a reference to nothing."""
        return step if isinstance(step, Activity) else self._named[step.ref]

    @property
    def _named(self) -> dict[str, Activity]:
        return {step.name: step for step in (*self.method, *self.probes) if isinstance(step, Activity)}

    def is_background(self, section: Section, index: int) -> bool:
        """As it is written where it stands: a reference has a flag of its own."""
        return (self.method if section is Section.METHOD else self.rollbacks)[index].background

    @property
    def modules(self) -> Iterator[str]:
        """The Python modules of its activities."""
        for section in (Section.BEFORE, Section.METHOD, Section.ROLLBACK):
            for activity in self.activities(section):
                if activity.provider.type == "python":
                    yield activity.provider.module

    @property
    def has_controls(self) -> bool:
        holders: list[Ref | Activity] = [*self.method, *self.rollbacks, *self.probes]
        on_activities = any(isinstance(step, Activity) and step.controls for step in holders)
        return bool(self.controls or on_activities or (self.hypothesis and self.hypothesis.controls))
