"""silence: alerts that are expected wake nobody while the run goes on."""

import datetime
from typing import ClassVar, Self

from seatrial.api import (
    AlertmanagerServer,
    EndpointTarget,
    Fatal,
    FaultError,
    Field,
    Lease,
    Model,
    Precaution,
    PrometheusServer,
    model_validator,
    silences,
    split_url,
)

_OF_EVERYBODY = frozenset({"alertname", "severity"})
"""Labels that alerts of others carry too."""


class Silenced(Model):
    """Which silence is ours, and when it ends at the latest."""

    by: str
    """Stands in it as `createdBy`: its id is the server's choice, and known only afterwards."""
    ends_at: str
    """ISO 8601, by this machine's clock."""


class Silence(Precaution[EndpointTarget, Silenced]):
    """Silences alerts in an Alertmanager from before the first fault until they are over.

    Ended while an alert still fires it would page after all. So it stays until nothing that it matches has
    been pending or firing for `quiet`, no longer than `patience` after recovery: then it ends by itself.
    """

    name: ClassVar[str] = "silence"

    matchers: dict[str, str] = Field(min_length=1)
    """Labels that an alert has to carry, such as `{service: shop}`; one of them beside name and severity."""
    alertmanager: AlertmanagerServer | None = None
    """Where; without it, the experiment's own `alertmanager`."""
    prometheus: dict[str, PrometheusServer] = {}
    """Servers that are asked what is pending; without it, the experiment's own."""

    @model_validator(mode="after")
    def _is_scoped(self) -> Self:
        if self.alertmanager is None:
            raise ValueError("an Alertmanager is needed: add `alertmanager: {url: …}` to the experiment")
        if empty := [label for label, value in self.matchers.items() if not value]:
            raise ValueError(f"{empty[0]!r} has no value: that would match all alerts without this label")
        if not self.matchers.keys() - _OF_EVERYBODY:
            raise ValueError("alerts of others would be silenced too: add a label such as `service: shop`")
        return self

    @property
    def _server(self) -> AlertmanagerServer:
        assert self.alertmanager is not None
        return self.alertmanager

    def describe_undo(self) -> str:
        labels = ", ".join(f'{label}="{value}"' for label, value in self.matchers.items())
        return f"end the silence of {labels} once it hides nothing any more"

    def subject(self) -> EndpointTarget:
        host, port = split_url(self._server.url)
        return EndpointTarget(host=host, port=port)

    def refusal(self, target: EndpointTarget) -> str | None:
        """Never over an alert that is there already: that would hide an incident."""
        try:
            there = self._hidden()
        except FaultError as why:
            return str(why)
        return f"{there} already: a silence would hide that" if there else None

    def prepare(self, target: EndpointTarget, lease: Lease) -> Silenced:
        lasts_s = lease.max_hold_s + self.quiet + self.patience
        ends_at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=lasts_s)
        return Silenced(by=f"seatrial {lease.id}", ends_at=ends_at.isoformat())

    def apply(self, target: EndpointTarget, state: Silenced) -> None:
        silences.begin(self._server, self.matchers, state.by, state.ends_at)
        if not silences.count(self._server, state.by):
            raise Fatal("the Alertmanager took the silence, and shows none: does its clock go wrong?")

    def undo(self, target: EndpointTarget, state: Silenced) -> None:
        """End the silence."""
        silences.end(self._server, state.by)

    def is_undone(self, target: EndpointTarget, state: Silenced) -> bool:
        return not silences.count(self._server, state.by)

    def has_effect(self, target: EndpointTarget, state: Silenced) -> bool:
        return silences.count(self._server, state.by) > 0

    def still_needed(self, target: EndpointTarget, state: Silenced) -> str:
        return self._hidden()

    def ends_by_itself(self, state: Silenced) -> str:
        return f"{datetime.datetime.fromisoformat(state.ends_at):%H:%M:%S} UTC"

    def _hidden(self) -> str:
        return silences.hidden(self._server, self.prometheus.values(), self.matchers)
