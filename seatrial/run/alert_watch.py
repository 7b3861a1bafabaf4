"""Alerts during a run: asked every second, written down whenever something has changed."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import anyio

from seatrial.alerts.preflight import by_server
from seatrial.alerts.rules import Compared, compared
from seatrial.journal.alert_seen import AlertSeen
from seatrial.journal.writer import JournalWriter
from seatrial.model.alert import Alert
from seatrial.model.experiment import Experiment
from seatrial.prometheus.alertmanager import AlertmanagerClient, open_alertmanager
from seatrial.prometheus.answers import BadAnswer
from seatrial.prometheus.client import PrometheusClient, open_client

EVERY_S: Final = 1.0
_ORDER: Final = {"inactive": 0, "pending": 1, "firing": 2}


class AlertWatch:
    """The alerts of an experiment that one server knows."""

    def __init__(
        self,
        client: PrometheusClient,
        alerts: Mapping[int, Alert],
        journal: JournalWriter,
        alertmanager: AlertmanagerClient | None,
    ) -> None:
        """`alerts` by their place in the experiment."""
        self._client = client
        self._alerts = alerts
        self._journal = journal
        self._alertmanager = alertmanager
        self._told: dict[int, AlertSeen] = {}
        self._values: dict[int, Compared | None] = {}

    async def run(self) -> None:
        """Until cancelled."""
        await self._learn_queries()
        while True:
            for seen in await self._look():
                if seen != self._told.get(seen.alert):
                    self._told[seen.alert] = seen
                    self._journal.append_if_possible(seen)
            await anyio.sleep(EVERY_S)

    async def _learn_queries(self) -> None:
        from seatrial.alerts.looks import read_rules

        try:
            rules = {rule.name: rule for rule in await read_rules(self._client)}
        except BadAnswer:
            return
        self._values = {
            n: compared(rules[a.alert].query) for n, a in self._alerts.items() if a.alert in rules
        }

    async def _look(self) -> list[AlertSeen]:
        try:
            with anyio.fail_after(self._client.server.timeout):
                active = (await self._client.get("alerts")).get("alerts", ())
            return [await self._seen(number, alert, active) for number, alert in self._alerts.items()]
        except (BadAnswer, TimeoutError, AttributeError, KeyError) as why:
            reason = str(why) or "no answer in time"
            return [AlertSeen(alert=number, state="unknown", reason=reason) for number in self._alerts]

    async def _seen(self, number: int, alert: Alert, active: Sequence[Any]) -> AlertSeen:
        mine = [one for one in active if _is_it(alert, one.get("labels", {}))]
        state = max((str(one["state"]) for one in mine), key=_ORDER.__getitem__, default="inactive")
        receivers: tuple[str, ...] = ()
        if state == "firing" and self._alertmanager is not None:
            receivers = await self._receivers(alert)
        reason = await self._why_not(number) if state == "inactive" and alert.expect is not None else ""
        return AlertSeen.model_validate(
            {"alert": number, "state": state, "receivers": receivers, "reason": reason}
        )

    async def _receivers(self, alert: Alert) -> tuple[str, ...]:
        """Whom the Alertmanager tells, silenced or not."""
        assert self._alertmanager is not None
        found = await self._alertmanager.alerts()
        mine = [one for one in found if _is_it(alert, one.get("labels", {}))]
        return tuple(sorted({str(to["name"]) for one in mine for to in one.get("receivers", ())}))

    async def _why_not(self, number: int) -> str:
        found = self._values.get(number)
        if found is None:
            return ""
        result = await self._client.query(found.value)
        values = [one.value[1] for one in result.series if one.value is not None]
        return "" if values else "its query has no series: there is nothing for it to fire on"


def _is_it(alert: Alert, labels: Mapping[str, str]) -> bool:
    wanted: Iterable[tuple[str, str]] = {"alertname": alert.alert, **alert.labels}.items()
    return all(labels.get(name) == value for name, value in wanted)


@asynccontextmanager
async def open_watches(
    experiment: Experiment, journal: JournalWriter
) -> AsyncIterator[Sequence[Callable[[], Coroutine[Any, Any, None]]]]:
    """One watch a server, to be run beside the rest."""
    async with AsyncExitStack() as stack:
        manager = experiment.alertmanager
        told = await stack.enter_async_context(open_alertmanager(manager)) if manager is not None else None
        watches = []
        for server, alerts in by_server(experiment).items():
            client = await stack.enter_async_context(open_client(experiment.prometheus[server]))
            watches.append(AlertWatch(client, alerts, journal, told).run)
        yield watches
