"""What the plan says of each target that is hit: whether it may be, by whom, and what is changed."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from seatrial.action import Action, NeedsPrivileges, NeedsRights
from seatrial.plan.plan import PlannedTarget
from seatrial.plan.refusals import changes_of, why_refused
from seatrial.targets.protected import Protected
from seatrial.targets.target import KubernetesTarget, Target

_AT_ONCE: Final = 128


def planned_targets(
    fault: int, action: Action[Any, Any], hit: Sequence[Target], stages: Sequence[int], protected: Protected
) -> tuple[PlannedTarget, ...]:
    """All of a fault, in their order; many are looked at at once where that is only asking others."""

    def planned(number: int) -> PlannedTarget:
        target = hit[number]
        return PlannedTarget(
            id=f"f{fault}.t{number}",
            target=target,
            stage=next(stage for stage, count in enumerate(stages) if number < count),
            missing_privileges=_missing_privileges(action, target),
            refusal=why_refused(action, target, protected),
            changes=changes_of(action, target),
        )

    if not action.only_asks or len(hit) < 2:
        return tuple(map(planned, range(len(hit))))
    with ThreadPoolExecutor(min(_AT_ONCE, len(hit))) as threads:
        return tuple(threads.map(planned, range(len(hit))))


def _missing_privileges(action: Action[Any, Any], target: Target) -> tuple[str, ...]:
    if isinstance(action, NeedsRights) and isinstance(target, KubernetesTarget):
        return ()  # those of the whole plan are asked for at once, by plan/rights.py
    return tuple(action.missing_privileges(target)) if isinstance(action, NeedsPrivileges) else ()
