"""Alerts as part of the hypothesis: which one has to wake somebody, and which must let them sleep."""

from typing import Final, Self

from pydantic import Field, model_validator

from seatrial.model.base import Model
from seatrial.model.fields import Duration

FIRES_WITHIN_S: Final = 60.0


class Alert(Model):
    """One alerting rule of a Prometheus, and what the run must make of it."""

    expect: str | None = Field(default=None, min_length=1)
    """The name of the alert that has to fire."""
    must_not_fire: str | None = Field(default=None, min_length=1)
    """In its place, one that must not: of a service outside the blast radius."""
    labels: dict[str, str] = {}
    """Labels that it has to carry, such as `{service: shop}`."""
    within: Duration | None = Field(default=None, gt=0)
    """How long after the first injection it has to fire; 60 s where it is not said."""
    resolved_within: Duration | None = Field(default=None, gt=0)
    """How long after the end of undo it has to be over."""
    receiver: str | None = None
    """Who has to be told of it: a receiver of the Alertmanager."""
    server: str | None = None
    """Which of the servers under `prometheus:`; where there is only one, that one."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.expect is None) is (self.must_not_fire is None):
            raise ValueError("an alert fires or must not: give one of `expect` and `must_not_fire`")
        given = (self.within, self.resolved_within, self.receiver)
        if self.must_not_fire is not None and any(one is not None for one in given):
            raise ValueError("`must_not_fire` holds for the whole run: leave out when, and who is told")
        return self

    @property
    def alert(self) -> str:
        """The alert's name."""
        return self.expect or self.must_not_fire or ""

    @property
    def fires_within_s(self) -> float:
        """How long it has, counted from the first injection."""
        return self.within if self.within is not None else FIRES_WITHIN_S
