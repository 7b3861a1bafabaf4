"""The alerts of an experiment, looked at before the run."""

from typing import TYPE_CHECKING

from seatrial.alerts.looks import read_rules, why_impossible
from seatrial.prometheus.answers import BadAnswer
from seatrial.prometheus.client import open_client

if TYPE_CHECKING:
    from seatrial.model.alert import Alert
    from seatrial.model.experiment import Experiment


async def refusals_of_alerts(experiment: "Experiment", fault_s: float) -> tuple[str, ...]:
    """Why the alerts of an experiment cannot be as expected, whatever the fault does."""
    found: list[str] = []
    for server, alerts in by_server(experiment).items():
        async with open_client(experiment.prometheus[server]) as client:
            try:
                rules = await read_rules(client)
            except BadAnswer as bad:
                found.append(f"the alerting rules of {server} cannot be read: {bad.reason}")
                continue
        found += [why for alert in alerts.values() if (why := why_impossible(alert, rules, fault_s))]
    return tuple(found)


def by_server(experiment: "Experiment") -> "dict[str, dict[int, Alert]]":
    """Alerts by the name of the server whose rules they are, each by its place in the experiment."""
    found: dict[str, dict[int, Alert]] = {}
    for number, alert in enumerate(experiment.alerts):
        found.setdefault(alert.server or next(iter(experiment.prometheus)), {})[number] = alert
    return found
