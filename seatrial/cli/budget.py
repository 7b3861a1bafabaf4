"""`seatrial budget`: what is left of error budgets, what runs took of them, and whether one may run."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

from seatrial.cli.command import Option
from seatrial.cli.console import say
from seatrial.cli.options import RUNS_DEFAULT, ExperimentPaths, Packs, RunsFolder, Seed, Sets

if TYPE_CHECKING:
    from seatrial.plan.plan import Plan
    from seatrial.store import Store
    from seatrial.view.budget import BudgetPart


def budget(
    files: ExperimentPaths,
    sets: Sets = None,
    packs: Packs = None,
    seed: Seed = None,
    runs: RunsFolder = RUNS_DEFAULT,
    gate: Annotated[bool, Option("--gate", help="Exit with 3 where a budget forbids its run.")] = False,
    as_json: Annotated[bool, Option("--json", help="One JSON object an experiment.")] = False,
) -> None:
    """Show the error budget of each experiment's SLO: what is left, how it burns, what runs took of it.

    Exits with 0, with `--gate` with 3 where a budget forbids its experiment. Touches no target.
    """
    from seatrial.cli.options import open_store, overrides
    from seatrial.errors import InvalidInput
    from seatrial.files.experiment_file import read_experiment
    from seatrial.plan.resolve import make_plan

    store = open_store(runs)
    forbidden = False
    for file in files:
        plan = make_plan(read_experiment(file, packs=packs or (), overrides=overrides(sets)), seed)
        if plan.budget is None:
            raise InvalidInput(f"{file} has no `budget`", "add `budget: {keep_budget: 10%}` to it")
        _show(plan, _spends(store, plan), as_json)
        forbidden = forbidden or bool(plan.budget.refusals)
    if gate and forbidden:
        sys.exit(3)


def _spends(store: "Store", plan: "Plan") -> "list[tuple[str, BudgetPart]]":
    """What earlier runs took of the same promise, oldest first."""
    from seatrial.errors import SeatrialError
    from seatrial.record import record_of
    from seatrial.view.budget import budget_view

    source = str(_promise(plan).source)
    found = []
    for run in store.runs():
        try:
            view = budget_view(record_of(run.journal()))
        except SeatrialError:  # a run that did not even begin
            continue
        if view is not None and str(view.slo.source) == source:
            found.append((run.id, view.part))
    return found


def _promise(plan: "Plan") -> Any:
    assert plan.budget is not None
    return next(sli.promised for sli in plan.slis if sli.name == plan.budget.sli)


def _show(plan: "Plan", spends: "list[tuple[str, BudgetPart]]", as_json: bool) -> None:
    from seatrial.model.units import format_share

    assert plan.budget is not None
    if as_json:
        told = {
            "file": plan.file,
            "plan": plan.digest,
            "budget": plan.budget.model_dump(mode="json"),
            "spent": [{"run": run, **part.model_dump(mode="json")} for run, part in spends],
        }
        say(json.dumps(told))
        return
    say(f"{_promise(plan)}")
    say(f"  plan       {plan.digest[:12]} of {plan.file}")
    for line in plan.budget.lines():
        say(f"  {line}")
    for run, part in spends:
        took = format_share(max(0.0, part.spent)) if part.spent is not None else "an unknown share"
        say(f"  spent      {took} by {run}")
    known = [part.spent for _, part in spends if part.spent is not None]
    if len(known) > 1:
        say(f"  together   {format_share(max(0.0, sum(known)))} by {len(known)} runs of this store")
    for reason in plan.budget.refusals:
        say(f"  FORBIDDEN  {reason}")
