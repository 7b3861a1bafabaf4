"""`seatrial alerts`: the alerting rules around an experiment, and which of them can never fire."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Argument, Option
from seatrial.cli.console import say
from seatrial.cli.options import Packs, Sets

if TYPE_CHECKING:
    from seatrial.alerts.rules import Rule
    from seatrial.prometheus.server import PrometheusServer


def alerts(
    file: Annotated[Path, Argument(help="An experiment file, YAML or JSON.", metavar="FILE")],
    sets: Sets = None,
    packs: Packs = None,
    as_json: Annotated[bool, Option("--json", help="One JSON object a rule.")] = False,
) -> None:
    """List the alerting rules of an experiment's Prometheus servers, and why some can never fire.

    Exits with 0 where each of them may fire, with 4 where one never can, with 3 where a server does not
    answer.
    """
    import anyio

    from seatrial.cli.options import overrides
    from seatrial.errors import Refused
    from seatrial.files.experiment_file import read_experiment
    from seatrial.prometheus.answers import BadAnswer

    experiment = read_experiment(file, packs=packs or (), overrides=overrides(sets)).experiment
    dead = 0
    for name, server in experiment.prometheus.items():
        try:
            found = anyio.run(_look, server)
        except BadAnswer as bad:
            raise Refused(f"{name}: {bad.reason}", "mend the server's address or access") from None
        for rule, why in found:
            dead += why is not None
            say(_as_json(name, rule, why) if as_json else _line(rule, why))
    if dead:
        sys.exit(4)


async def _look(server: "PrometheusServer") -> "list[tuple[Rule, str | None]]":
    from seatrial.alerts.looks import read_rules, why_never
    from seatrial.prometheus.client import open_client

    async with open_client(server) as client:
        return [(rule, await why_never(client, rule)) for rule in await read_rules(client)]


def _line(rule: "Rule", why: str | None) -> str:
    from seatrial.alerts.rules import earliest_s
    from seatrial.model.units import format_duration

    if why is not None:
        return f"NEVER  {rule.name}: {why}\n         {rule.query}"
    return (
        f"ok     {rule.name}: {rule.state}, fires after {format_duration(earliest_s(rule))} at the earliest"
    )


def _as_json(server: str, rule: "Rule", why: str | None) -> str:
    from dataclasses import asdict

    from seatrial.alerts.rules import earliest_s

    return json.dumps({"server": server, **asdict(rule), "earliest_s": earliest_s(rule), "never": why})
