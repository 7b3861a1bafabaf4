"""What an agent is told to do, complete in one JSON: docs/reference/agent.md has the keys."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, StringConstraints, ValidationError

from seatrial.action import Action, AgentNeeds, RunsInPods
from seatrial.agent.aim import Aim
from seatrial.errors import Fatal, InvalidInput
from seatrial.model.base import Model
from seatrial.pack import load_packs

_HINT = "docs/reference/agent.md has the keys of an order"

LeaseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]


class Order(Model):
    """One fault on one target, and how long it may last."""

    model_config = ConfigDict(serialize_by_alias=True)

    version: Literal[1] = 1
    action: str
    """As `action:` says in an experiment."""
    arguments: dict[str, JsonValue] = Field(default_factory=dict, alias="with")
    """Of the action: what stands under `with:`."""
    target: Aim
    lease: LeaseId
    """Unique to this run, fault and target."""
    ttl_s: float = Field(default=5.0, gt=0, le=60)
    """How long the fault goes on after the last heartbeat."""
    not_after: AwareDatetime
    """When it is over, by the clock of the node."""
    container: str | None = Field(default=None, pattern=r"^[0-9a-f]{12,64}$")
    """The id of the target container, for an agent that sees all processes of its node."""
    undo: dict[str, JsonValue] | None = None
    """The state that an agent told as `prepared`: take that fault away, and begin none."""

    def left_s(self) -> float:
        """How long until it is over; negative when it is."""
        return (self.not_after - datetime.now(UTC)).total_seconds()

    def to_json(self) -> str:
        """As an agent reads it."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


def read_order(text: str) -> Order:
    """Raises InvalidInput that names the key."""
    try:
        return Order.model_validate(json.loads(text))
    except ValidationError as error:
        raise InvalidInput(f"the order is wrong: {_told(error)}", _HINT) from None
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the order is no JSON: {error}", _HINT) from None


def action_of(order: Order) -> Action[Any, Any]:
    """The action that is ordered; raises InvalidInput where there is none such, or with such arguments."""
    found = load_packs(naming=[order.action]).actions.get(order.action)
    if found is None:
        raise InvalidInput(f"there is no action {order.action!r} in this image", "`seatrial list` names all")
    try:
        return found.model_validate(order.arguments)
    except ValidationError as error:
        raise InvalidInput(
            f"`with` is wrong: {_told(error)}", f"docs/reference/actions.md#{found.name}"
        ) from None


def needs_of(action: Action[Any, Any]) -> AgentNeeds:
    """What the agent's container must be like for it; raises Fatal where no agent can hold it."""
    if not isinstance(action, RunsInPods):
        raise Fatal(f"{action.name} cannot be held in a pod: the kernel would not take it away")
    return action.agent_needs()


def _told(error: ValidationError) -> str:
    """Where and what, without what was given: it may be a secret."""
    return "; ".join(
        f"`{'.'.join(map(str, one['loc'])) or 'all of it'}`: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors(include_url=False, include_input=False)[:5]
    )
