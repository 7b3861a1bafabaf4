"""`seatrial plan`: what a run would do, without touching anything."""

import sys
from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Option
from seatrial.cli.console import say
from seatrial.cli.options import RUNS_DEFAULT, ExperimentPath, Packs, RunsFolder, Seed, Sets
from seatrial.cli.toolkit import plan_toolkit, readable_script

if TYPE_CHECKING:
    from seatrial.plan.plan import Plan


def plan(
    file: ExperimentPath,
    sets: Sets = None,
    packs: Packs = None,
    seed: Seed = None,
    runs: RunsFolder = RUNS_DEFAULT,
    as_json: Annotated[bool, Option("--json", help="Print the plan as JSON, with its hash.")] = False,
    rbac: Annotated[
        bool, Option("--rbac", help="Print the Kubernetes roles that this very plan needs, no more.")
    ] = False,
    account: Annotated[
        str, Option(metavar="NAMESPACE/NAME", help="For --rbac: the ServiceAccount that gets them.")
    ] = "default/seatrial",
) -> None:
    """Show what a run would do and may hit. Touches nothing; exit 3 where the run would be refused."""
    import json

    from seatrial.cli.options import open_store, overrides, warn
    from seatrial.cli.roles import print_roles
    from seatrial.files.experiment_file import read_experiment
    from seatrial.plan.resolve import make_plan
    from seatrial.toolkit.shape import is_toolkit

    if is_toolkit(file):
        made = plan_toolkit(file)
    else:
        read = read_experiment(file, packs=packs or (), overrides=overrides(sets))
        warn(read.warnings)
        made = make_plan(read, seed)
        if rbac:
            print_roles(read.experiment, made, account)
            return
    open_store(runs)
    say(json.dumps(made.readable(), indent=2) if as_json else readable(made))
    if made.forbidden:
        sys.exit(3)


def readable(plan: "Plan") -> str:
    """The plan for people."""
    if plan.script is not None:
        return readable_script(plan)
    from seatrial.model.units import format_duration

    lines = [
        plan.title,
        f"  file       {plan.file}",
        f"  plan       {plan.digest[:12]}, seed {plan.seed}",
        f"  takes      at most {plan.longest}: baseline {format_duration(plan.baseline_s)}, "
        f"faults {format_duration(plan.fault_s)}, recovery within {format_duration(plan.recovery_s)}",
        f"  load       {plan.load or 'none'}",
        *_faults(plan),
        *_precautions(plan),
        *_blast(plan),
        *_slis(plan),
        *(_list("budget", plan.budget.lines()) if plan.budget is not None else ()),
        *_list("stops unless", [f"{g.text} ({g.source})" for g in plan.guards]),
        *_list("note", plan.notes),
        *_list("warning", plan.warnings),
        *_list("REFUSED", plan.forbidden),
    ]
    return "\n".join(lines)


def _faults(plan: "Plan") -> list[str]:
    from seatrial.model.units import format_duration, format_share

    lines: list[str] = []
    for fault in plan.faults:
        undo = "IRREVERSIBLE: " + fault.undo if fault.irreversible else f"undo: {fault.undo}"
        stages = ", then ".join(map(str, fault.stages))
        lines += [
            "",
            f"  fault {fault.index + 1}    {fault.action} at {format_duration(fault.starts_at_s)} "
            f"for {format_duration(fault.hold_s)}",
            *([f"    chosen   by the seed out of {', '.join(fault.one_of)}"] if fault.one_of else []),
            f"    hits     {stages or 'none'} of {fault.population} ({format_share(fault.share)})",
            *(f"    target   {t.target.label}, stage {t.stage + 1}" for t in fault.targets),
            *(f"    with     {name}: {_short(value)}" for name, value in fault.arguments.items()),
            f"    {undo}",
        ]
    return lines


def _precautions(plan: "Plan") -> list[str]:
    lines: list[str] = []
    when = "from before the first fault until after recovery"
    for one in plan.precautions:
        told = {name: value for name, value in one.arguments.items() if name not in plan.experiment}
        lines += [
            "",
            f"  {one.action:10} on {one.targets[0].target.label}, {when}",
            *(f"    with     {name}: {_short(value)}" for name, value in told.items()),
            f"    undo: {one.undo}",
        ]
    return lines


def _short(value: object) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value)


def _blast(plan: "Plan") -> list[str]:
    from seatrial.model.units import format_duration, format_share

    blast = plan.blast
    if blast is None:
        return []
    return [
        "",
        f"  blast      {blast.targets} of at most {blast.max_targets} targets, "
        f"{format_share(blast.share)} of at most {format_share(blast.max_share)}, "
        f"{format_duration(blast.duration_s)} of at most {format_duration(blast.max_duration_s)}",
        *_pods(plan),
    ]


def _pods(plan: "Plan") -> list[str]:
    reach = plan.pods
    if reach is None:
        return []
    return [
        f"  pods       {reach.at_once} at once",
        *(
            f"    hits     {group.at_once} of at most {group.allowed} of {group.name}, {group.ready} ready"
            for group in reach.groups
        ),
    ]


def _slis(plan: "Plan") -> list[str]:
    lines = [""]
    for sli in plan.slis:
        fault = "" if sli.under_fault.text == sli.objective.text else f"; under fault {sli.under_fault.text}"
        lines.append(f"  SLI        {sli.name}: {sli.objective.text}{fault} ({sli.probe})")
        if (promise := sli.promised) is not None:
            lines.append(f"    promised {promise.source}: {promise}")
        for size in plan.samples:
            if size.sli == sli.name:
                expected = "as many as come" if size.expected is None else f"{size.expected}"
                lines.append(f"    {size.phase:9}{expected} samples, {size.needed} needed")
    return lines


def _list(title: str, items: "tuple[str, ...] | list[str]") -> list[str]:
    return ["", *(f"  {title:10} {item}" for item in items)] if items else []
