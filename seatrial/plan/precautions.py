"""Precautions of an experiment: each taken on the one thing that it says itself."""

from collections.abc import Mapping
from typing import Any

from seatrial.action import Refuses
from seatrial.errors import FaultError
from seatrial.model.experiment import Experiment
from seatrial.model.record import JsonValue
from seatrial.plan.plan import PlannedFault, PlannedTarget
from seatrial.precaution import Precaution


def planned_precautions(experiment: Experiment, masked: Mapping[str, JsonValue]) -> tuple[PlannedFault, ...]:
    """All of them, in the order in which they are taken."""
    return tuple(
        _planned(index, action, _arguments(masked, name, place))
        for index, (name, place, action) in enumerate(experiment.precautions)
    )


def _planned(
    index: int,
    action: Precaution[Any, Any],
    arguments: dict[str, JsonValue],
) -> PlannedFault:
    target = action.subject()
    try:
        refusal = action.refusal(target) if isinstance(action, Refuses) else None
    except FaultError as error:
        refusal = str(error)
    return PlannedFault(
        index=index,
        action=action.name,
        arguments=arguments,
        population=1,
        targets=(PlannedTarget(id=f"p{index}.t0", target=target, stage=0, refusal=refusal or ""),),
        stages=(1,),
        starts_at_s=0.0,
        hold_s=0.0,
        irreversible=False,
        undo=action.describe_undo(),
        timeout_s=action.timeout_s,
        effect_within_s=action.effect_within_s,
        lifting=action.lifting,
    )


def _arguments(masked: Mapping[str, JsonValue], name: str, place: int) -> dict[str, JsonValue]:
    """As written, secrets still as `${env:NAME}`: this goes to disk."""
    given = masked[name]
    assert isinstance(given, list)
    arguments = given[place]
    assert isinstance(arguments, dict)
    return arguments
