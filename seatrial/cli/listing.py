"""`seatrial list`: what the packs at hand offer."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from seatrial.cli.options import Packs


class What(StrEnum):
    """What can be listed."""

    ACTIONS = "actions"
    PROBES = "probes"
    REPORTS = "reports"
    EXPERIMENTS = "experiments"


def list_parts(
    what: Annotated[What, typer.Argument(help="What to list.", metavar="WHAT")],
    packs: Packs = None,
) -> None:
    """List the actions, probes, reports or experiments of the packs at hand."""
    from seatrial.pack import load_packs

    pack = load_packs(*(packs or ()))
    match what:
        case What.ACTIONS:
            for name, action in sorted(pack.actions.items()):
                kind = action.target_model().model_fields["kind"].default or "any"
                way_back = "irreversible" if action.irreversible else "undone"
                needs = f" [needs {action.needs}]" if action.needs else ""
                typer.echo(f"{name:20} {kind:9} {way_back:13} {_first(action)}{needs}")
        case What.PROBES:
            for name, probe in sorted(pack.probes.items()):
                typer.echo(f"{name:20} {_first(probe)}")
        case What.REPORTS:
            for name, report in sorted(pack.reports.items()):
                typer.echo(f"{name:20} {report.file_name:18} {_first(report)}")
        case What.EXPERIMENTS:
            for path in pack.experiments():
                typer.echo(f"{path.stem:20} {path}")


def _first(part: type[Any]) -> str:
    """The first line of its docstring."""
    return (part.__doc__ or "").strip().split("\n")[0]
