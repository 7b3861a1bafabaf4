"""Why a plan may not run: what nothing may hit, what an action will not hit, caps, colliding faults."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from seatrial.action import Action, AlsoHits, Changes, Refuses
from seatrial.errors import FaultError
from seatrial.model.fault import Fault
from seatrial.model.units import format_duration, format_share
from seatrial.plan.plan import Blast, PlannedFault
from seatrial.targets.protected import Protected
from seatrial.targets.target import BaseTarget


def why_refused(action: Action[Any, Any], target: BaseTarget, protected: Protected) -> str:
    """Why this is not to be done to this target: the rules for everybody first, then the action's own."""
    try:
        also = action.also_hits(target) if isinstance(action, AlsoHits) else ()
        reasons = [reason for one in (target, *also) if (reason := protected.why(one))]
        own = action.refusal(target) if not reasons and isinstance(action, Refuses) else None
    except FaultError as error:
        return str(error)
    return reasons[0] if reasons else own or ""


def changes_of(action: Action[Any, Any], target: BaseTarget) -> tuple[str, ...]:
    """What the action puts back afterwards, where it says so."""
    return tuple(action.changes(target)) if isinstance(action, Changes) else ()


def refusals_of(
    faults: Sequence[PlannedFault], written: Mapping[int, Fault], blast: Blast | None
) -> Iterator[str]:
    """Every reason, in words; `written` has the experiment's faults by their index."""
    for fault in faults:
        if fault.population == 0:
            wanted = written[fault.index].targets.words
            yield f"{fault.action}: the selector matches no {wanted}: is the target running?"
        for planned in fault.targets:
            if planned.refusal:
                yield f"{fault.action} refuses {planned.target.label}: {planned.refusal}"
            yield from (f"{fault.action}: missing {what}" for what in planned.missing_privileges)
    for one, other in combinations(faults, 2):
        yield from _collisions(one, other)
    if blast is not None:
        yield from _over_caps(blast)


def _collisions(one: PlannedFault, other: PlannedFault) -> Iterator[str]:
    """The later one would find the earlier one's change, take it for the usual, and bring it back."""
    if one.starts_at_s >= other.ends_at_s or other.starts_at_s >= one.ends_at_s:
        return
    for what in sorted(one.changes & other.changes):
        yield (
            f"{one.action} and {other.action} would both change {what} at the same time: "
            "let one begin when the other has ended, with `at`"
        )


def _over_caps(blast: Blast) -> Iterator[str]:
    if blast.targets > blast.max_targets:
        yield f"{blast.targets} targets would be hit at once, but max_targets is {blast.max_targets}"
    if blast.share > blast.max_share + 1e-9:
        share, cap = format_share(blast.share), format_share(blast.max_share)
        yield f"{share} of the population would be hit, but max_share is {cap}"
    if blast.duration_s > blast.max_duration_s:
        takes, cap = format_duration(blast.duration_s), format_duration(blast.max_duration_s)
        yield f"the faults take {takes}, but max_duration is {cap}"
