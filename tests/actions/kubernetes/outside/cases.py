"""One fault, seen by a client of a Service: who is called, what is hit, what happens, what is noticed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pytest

from tests.actions.kubernetes.outside import notices as sees
from tests.actions.kubernetes.outside.manifests import PORT
from tests.actions.kubernetes.outside.notices import Notices

Event = Literal["", "lose_a_pod", "release", "scale_up", "nudge", "ask_too_much", "ask_much"]
"""What somebody else does."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault, seen from outside."""

    action: str
    """By its name."""
    service: str
    """Which one is called; town.py has them."""
    hits: str
    """The kind of the object that has to do with it."""
    notices: Notices
    """While the fault is there."""
    told: str
    """The same in words."""
    arguments: dict[str, Any] = field(default_factory=dict)
    """As they stand under `with:`."""
    asks: str = "/"
    """The path that is called."""
    meanwhile: Event = ""
    """While the fault is there."""
    then: Event = ""
    """And once it is undone."""
    afterwards: Notices = sees.as_before
    """Once it is undone."""
    well: float = 0.0
    """The least share of all requests that is answered, from the injection until the undo."""
    fast: bool = False
    """Whether it is tried with the default tests."""
    within_s: float = 30
    """How long the effect may take to show."""
    ends_within_s: float = 60
    """And to be gone."""

    @property
    def harms(self) -> bool:
        """Whether a client notices anything at all."""
        return self.notices is not sees.unharmed

    @property
    def id(self) -> str:
        """For whoever reads which test has failed."""
        return "-".join(filter(None, (self.action, self.service, self.meanwhile)))


def as_parameters(cases: Iterable[Case]) -> list[Any]:
    """For a test of each."""
    return [pytest.param(one, id=one.id, marks=() if one.fast else pytest.mark.slow) for one in cases]


def on(action: str, hits: str, service: str, notices: Notices, told: str, **more: Any) -> Case:
    """One that changes an object."""
    return Case(action=action, hits=hits, service=service, notices=notices, told=told, **more)


def in_pod(action: str, notices: Notices, told: str, arguments: dict[str, Any], **more: Any) -> Case:
    """One that an agent holds in the pod."""
    return on(action, "Pod", more.pop("service", "single"), notices, told, arguments=arguments, **more)


NOBODY: Final = "every request is refused or times out"
UNREACHED: Final = "the caller's own error: what it asks cannot be reached"
ASK_BEHIND: Final = f"/ask?host=behind&port={PORT}"
ASK_API: Final = "/ask?host={api}&port=6443"
"""The API server, by its address: it is no pod."""
