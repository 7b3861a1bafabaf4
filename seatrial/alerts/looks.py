"""Looks at a server's alerting rules: whether one is there and sound, and whether it could ever fire."""

from collections.abc import Sequence

from seatrial.alerts.rules import Rule, earliest_s, rules_of, selectors_of
from seatrial.model.alert import Alert
from seatrial.model.units import format_duration
from seatrial.prometheus.answers import BadAnswer
from seatrial.prometheus.client import PrometheusClient

LOOK_BACK = "1d"
"""A metric that was not there for so long is not there."""


async def read_rules(client: PrometheusClient) -> list[Rule]:
    """Every alerting rule; raises BadAnswer."""
    return list(rules_of(await client.get("rules", {"type": "alert"})))


def why_impossible(alert: Alert, rules: Sequence[Rule], fault_s: float) -> str | None:
    """Why a run need not even begin to find out; None: it may be as expected."""
    named = [rule for rule in rules if rule.name == alert.alert and _may_carry(rule, alert.labels)]
    if not named:
        return f"there is no alerting rule {alert.alert!r} with these labels"
    rule = named[0]
    if rule.health == "err":
        return f"alert {rule.name} is broken: {rule.error}"
    if rule.state != "inactive":
        return f"alert {rule.name} is {rule.state} already"
    if alert.expect is None:
        return None
    soonest_s = min(earliest_s(one) for one in named)
    for limit_s, what in ((fault_s, "the fault lasts"), (alert.fires_within_s, "it is expected within")):
        if soonest_s > limit_s:
            soonest, limit = format_duration(soonest_s), format_duration(limit_s)
            return f"alert {rule.name} cannot fire before {soonest} of an outage, and {what} {limit}"
    return None


def _may_carry(rule: Rule, labels: dict[str, str]) -> bool:
    """Labels that a rule does not set come from the series, and may be anything."""
    return all(rule.labels.get(name, value) == value for name, value in labels.items())


async def why_never(client: PrometheusClient, rule: Rule) -> str | None:
    """Why a rule can never fire as things are; None: nothing speaks against it. Raises BadAnswer."""
    if rule.health == "err":
        return f"its evaluation fails: {rule.error}"
    try:
        selectors = selectors_of(rule.query)
    except ValueError:
        return None  # the server reads more than our parser does
    if "absent(" in rule.query or "absent_over_time(" in rule.query:
        return None
    for metric, labels in selectors:
        if not await _exists(client, metric):
            hint = await _buckets_hint(client, metric)
            return f"no series is called {metric} for {LOOK_BACK}{hint}"
        for label in labels:
            if not await _exists(client, f'{metric}{{{label}!=""}}'):
                return f"no series of {metric} has a label {label!r}"
    return None


async def _exists(client: PrometheusClient, selector: str) -> bool:
    result = await client.query(f"count(last_over_time({selector}[{LOOK_BACK}]))")
    if result.warnings:
        raise _partial(result.warnings[0])
    return bool(result.series)


async def _buckets_hint(client: PrometheusClient, metric: str) -> str:
    there = await _exists(client, f"{metric}_bucket")
    return f"; there is {metric}_bucket, which needs a rate" if there else ""


def _partial(warning: str) -> BadAnswer:
    from seatrial.prometheus.answers import Trouble

    return BadAnswer(Trouble.LATER, f"answered with a warning: {warning}")
