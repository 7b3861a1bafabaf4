"""`seatrial list`: what the packs at hand offer."""

from enum import StrEnum
from typing import Annotated

from seatrial.cli.command import Argument
from seatrial.cli.console import say, tell
from seatrial.cli.options import Packs


class What(StrEnum):
    """What can be listed."""

    ACTIONS = "actions"
    PROBES = "probes"
    REPORTS = "reports"
    EXPERIMENTS = "experiments"
    DRIVERS = "drivers"


def list_parts(
    what: Annotated[What, Argument(help="What to list.", metavar="WHAT")],
    packs: Packs = None,
) -> None:
    """List the actions, probes, reports or experiments of the packs at hand, or Chaos Toolkit drivers."""
    if what is What.DRIVERS:
        _list_drivers()
        return
    from seatrial.pack import load_packs
    from seatrial.targets.target import kinds_of

    pack = load_packs(*(packs or ()))
    match what:
        case What.ACTIONS:
            for name, action in sorted(pack.actions.items()):
                kind = " ".join(kinds_of(action.target_model())) or "any"
                way_back = "irreversible" if action.irreversible else "undone"
                needs = f" [needs {action.needs}]" if action.needs else ""
                say(f"{name:20} {kind:9} {way_back:13} {_first(action.__doc__)}{needs}")
        case What.PROBES:
            for name, probe in sorted(pack.probes.items()):
                say(f"{name:20} {_first(probe.__doc__)}")
        case What.REPORTS:
            for name, report in sorted(pack.reports.items()):
                say(f"{name:20} {report.file_name:18} {_first(report.__doc__)}")
        case What.EXPERIMENTS:
            for path in pack.experiments():
                say(f"{path.stem:20} {path}")


def _first(docstring: str | None) -> str:
    return (docstring or "").strip().split("\n")[0]


def _list_drivers() -> None:
    """Every installed driver, then its functions by module, each with what it takes and its first line."""
    from seatrial.toolkit.drivers import drivers
    from seatrial.toolkit.inverse_table import known_inverses

    found, inverses = drivers(), known_inverses()
    if not found:
        tell("no Chaos Toolkit driver is installed: install one, such as chaostoolkit-kubernetes")
    for driver in found:
        say(f"{driver.name} {driver.version}")
        for one in driver.functions:
            say(f"  {one.kind:9} {one.module}.{one.func}{one.signature}")
            inverse = inverses.get(f"{one.module}:{one.func}")
            for line in (_first(one.doc), f"undo: {inverse.undo}" if inverse else ""):
                if line:
                    say(f"  {'':9}   {line}")
        for control in driver.controls:
            say(f"  {'control':9} {control}")
