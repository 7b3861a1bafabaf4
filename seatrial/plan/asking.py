"""What a plan knows only by asking others than its targets: guardians in a cluster, the error budget."""

import anyio

from seatrial.model.experiment import Experiment
from seatrial.plan.plan import Plan


def with_answers(experiment: Experiment, plan: Plan) -> Plan:
    """The plan with what they say; each is imported only where it is wanted."""
    if experiment.cluster_guardian is not None:
        from seatrial.plan.cluster_guard import with_guardians

        plan = with_guardians(experiment, plan)
    if experiment.budget is not None:
        from seatrial.budget.preflight import budget_of

        plan = plan.model_copy(update={"budget": anyio.run(budget_of, experiment, plan)})
    return plan
