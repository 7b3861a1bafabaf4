"""What a plan knows only by asking others than its targets: guardians and rights in a cluster, the budget."""

import anyio

from seatrial.model.experiment import Experiment
from seatrial.plan.plan import Plan


def with_answers(experiment: Experiment, plan: Plan) -> Plan:
    """The plan with what they say; each is imported only where it is wanted."""
    if experiment.cluster_guardian is not None:
        from seatrial.plan.cluster_guard import with_guardians

        plan = with_guardians(experiment, plan)
    if _asks_a_cluster(experiment):
        from seatrial.plan.rights import with_rights

        plan = with_rights(experiment, plan)
    if experiment.budget is not None:
        from seatrial.budget.preflight import budget_of

        plan = plan.model_copy(update={"budget": anyio.run(budget_of, experiment, plan)})
    return plan


def _asks_a_cluster(experiment: Experiment) -> bool:
    """By faults, or by load from pods; a probe asks for its rights itself."""
    workers = experiment.load.workers if experiment.load is not None else None
    return (workers is not None and workers.kubernetes is not None) or any(
        fault.targets.kubernetes is not None for fault in experiment.faults
    )
