"""Network namespaces by their names: containers, and hosts of a test."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import StringConstraints

from seatrial.action import AgentNeeds
from seatrial.errors import Fatal
from seatrial.targets import privileges
from seatrial.targets.target import EndpointTarget

FOLDER: Final = Path("/run/netns")

Namespace = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$")]
"""As `ip netns` lists it."""


def is_gone(namespace: str | None) -> bool:
    """A namespace that was removed took its tables and queues with it."""
    return namespace is not None and not (FOLDER / namespace).exists()


def why_not(namespace: str | None) -> str | None:
    """Why there can be no fault in it, or None."""
    if is_gone(namespace):
        return f"there is no network namespace {namespace}: `ip netns` lists those that are there"
    return None


def endpoints(namespace: str | None, port: int | None) -> list[EndpointTarget]:
    """The port there as a target, for the rules of what is never hit; none where there is no port."""
    if port is None:
        return []
    return [EndpointTarget(host="localhost" if namespace is None else f"netns/{namespace}", port=port)]


def agent_needs(namespace: str | None) -> AgentNeeds:
    """What a container needs to change its pod's network; raises Fatal where another one is named."""
    if namespace is not None:
        raise Fatal("a pod has one network, its own: leave out `namespace`")
    return AgentNeeds(capabilities=("NET_ADMIN",))


def missing_to_enter() -> list[str]:
    """What this process lacks to enter one."""
    return privileges.missing("CAP_SYS_ADMIN")
