"""Before a run: what is left of its budget, what it may take, and whether it may run for that."""

import datetime
from typing import TYPE_CHECKING

from seatrial.budget.burn import burns, pairs_of, windows_of
from seatrial.budget.cost import Hit, planned_cost, would_page
from seatrial.budget.gate import why_blocked
from seatrial.budget.history import many_counts, seen_over
from seatrial.budget.planned import PagePart, PlannedBudget
from seatrial.budget.policy import Policy, read_policy
from seatrial.budget.standing import Seen, Standing, exhausted_in_s, standing
from seatrial.budget.window import span_at
from seatrial.probe import AsksOne, Promised
from seatrial.prometheus.answers import BadAnswer
from seatrial.prometheus.client import PrometheusClient, open_client
from seatrial.slo.slo import Slo
from seatrial.verdict.counts import Counts

if TYPE_CHECKING:
    from seatrial.model.experiment import Experiment
    from seatrial.plan.plan import Plan

NOW_S = 300.0
"""The present rate is that of the last five minutes."""


async def budget_of(experiment: "Experiment", plan: "Plan") -> PlannedBudget | None:
    """The budget of a plan; None where the experiment has none. Raises InvalidFile for its policy."""
    written = experiment.budget
    if written is None or plan.control:
        return None
    policy = read_policy(written.policy) if written.policy is not None else Policy()
    keep = max(written.keep_budget, policy.keep_budget)
    cap = min((one for one in (written.cap, policy.cap) if one is not None), default=None)
    name = experiment.budget_sli
    probe = experiment.slis[name].probe
    assert isinstance(probe, Promised)
    assert isinstance(probe, AsksOne)
    slices = probe.slo.slices
    budget = PlannedBudget(
        sli=name,
        keep=keep,
        cap=cap,
        spend_max=min((one for one in (experiment.spend_max, policy.cap) if one is not None), default=None),
        slice_s=slices.length if slices else 0.0,
        slice_at_least=slices.at_least if slices else 0.0,
        standing=Standing(remaining=None),
    )
    try:
        async with open_client(probe.asks) as client:
            budget = await _measured(client, probe.slo, plan, budget)
    except BadAnswer as bad:
        reason = f"the budget is unknown: {bad.reason}"
        budget = budget.model_copy(
            update={"standing": Standing(remaining=None, unknown=bad.reason), "blocks": (reason,)}
        )
    now = datetime.datetime.now(datetime.UTC)
    blocks = (*budget.blocks, *policy.frozen(probe.slo.service, now))
    approval = policy.approval_of(plan.digest, now) if blocks else None
    return budget.model_copy(update={"blocks": blocks, "approval": approval})


async def _measured(client: PrometheusClient, slo: Slo, plan: "Plan", budget: PlannedBudget) -> PlannedBudget:
    await client.synchronise()
    now_s = client.now_s
    span = span_at(slo.window, now_s)
    elapsed_s = span.elapsed_s(now_s)
    pairs = pairs_of(span.length_s)
    seen = await seen_over(client, slo, elapsed_s) if elapsed_s else Seen(bad=0, total=0, covered_s=0)
    counted = await many_counts(client, slo, (NOW_S, *windows_of(pairs)))
    left = standing(slo, seen, span, now_s)
    hits = worst_of(plan)
    planned = planned_cost(slo, hits, span.length_s, _traffic(counted[NOW_S], seen, slo)) if hits else 0.0
    rates = burns(pairs, counted, 1 - slo.objective) if slo.objective < 1 else ()
    planned_known = planned if left.is_known else None
    return budget.model_copy(
        update={
            "standing": left,
            "burns": rates,
            "planned": planned_known,
            "pages": tuple(PagePart(**page._asdict()) for page in would_page(pairs, hits, 1 - slo.objective)),
            "exhausted_in_s": exhausted_in_s(left, seen, now_s, span),
            "blocks": tuple(why_blocked(left, rates, planned_known, budget.keep, budget.cap)),
        }
    )


def worst_of(plan: "Plan") -> list[Hit]:
    """Each fault at its worst: all that its targets serve is bad, until the SLIs have to be back."""
    return [Hit(fault.share, fault.hold_s + plan.recovery_s) for fault in plan.faults if fault.targets]


def _traffic(now: Counts, seen: Seen, slo: Slo) -> float:
    """The present rate over the mean; 1 where slices are counted, or one of them is not known."""
    if slo.slices is not None or not seen.total or seen.covered_s <= 0 or not now.total:
        return 1.0
    return (now.total / NOW_S) / (seen.total / seen.covered_s)
