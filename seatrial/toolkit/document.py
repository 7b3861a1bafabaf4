"""An experiment of the Chaos Toolkit, as it is run. What is wrong in a file, `form.py` tells."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import msgspec

from seatrial.journal.script_entries import Section
from seatrial.model.record import JsonValue
from seatrial.toolkit.activity import Activity, activity_of
from seatrial.toolkit.provider import Open, Text
from seatrial.toolkit.strategies import HypothesisStrategy, RollbackStrategy

_Controls = list[dict[str, JsonValue]]
_Steps = list[dict[str, Any]]


class Ref(Open):
    """An activity that is declared elsewhere."""

    ref: Text
    background: bool = False


Step = Ref | Activity


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

    name: Text


class Hypothesis(Open):
    """What has to hold, as probes with tolerances."""

    title: Text
    probes: _Steps = []
    controls: _Controls = []


class Head(Open):
    """All but the activities."""

    title: Text
    description: Text
    tags: list[str] = []
    configuration: dict[str, JsonValue] = {}
    secrets: dict[str, dict[str, JsonValue]] = {}
    hypothesis: Hypothesis | None = msgspec.field(default=None, name="steady-state-hypothesis")
    method: _Steps
    rollbacks: _Steps = []
    controls: _Controls = []
    extensions: list[Extension] = []
    runtime: Runtime | None = None


class Document(msgspec.Struct, frozen=True, dict=True):
    """One experiment."""

    written: Mapping[str, Any]
    head: Head
    probes: Sequence[Step]
    """Of its hypothesis."""
    method: Sequence[Step]
    rollbacks: Sequence[Step]

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Self:
        """Of what a file's reader lets through: finite numbers, proper texts.

        Raises ValueError, of the first thing that is wrong.
        """
        head = Head.model_validate(written)
        probes = head.hypothesis.probes if head.hypothesis is not None else []
        sections = [[_step(step) for step in steps] for steps in (probes, head.method, head.rollbacks)]
        return cls(written, head, *sections)

    def activities(self, section: Section) -> list[Activity]:
        """The activities of a section, those that others refer to in place of the reference."""
        written = {Section.METHOD: self.method, Section.ROLLBACK: self.rollbacks}.get(section, self.probes)
        return [self.resolved(step) for step in written]

    def resolved(self, step: Step) -> Activity:
        """Raises KeyError for a reference to nothing."""
        return step if isinstance(step, Activity) else self._named[step.ref]

    @cached_property
    def _named(self) -> dict[str, Activity]:
        return {step.name: step for step in (*self.method, *self.probes) if isinstance(step, Activity)}

    def is_background(self, section: Section, index: int) -> bool:
        """As it is written where it stands: a reference has a flag of its own."""
        return (self.method if section is Section.METHOD else self.rollbacks)[index].background

    @property
    def has_controls(self) -> bool:
        on_activities = any(
            isinstance(step, Activity) and step.controls
            for step in (*self.method, *self.rollbacks, *self.probes)
        )
        hypothesis = self.head.hypothesis
        return bool(self.head.controls or on_activities or (hypothesis and hypothesis.controls))


def _step(written: dict[str, Any]) -> Step:
    return Ref.model_validate(written) if "ref" in written else activity_of(written)
