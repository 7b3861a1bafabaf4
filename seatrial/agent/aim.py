"""What an order aims at, as seen from inside the pod."""

from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from seatrial.action import Action
from seatrial.agent.on_node import is_in
from seatrial.errors import Fatal
from seatrial.model.base import Model
from seatrial.targets import process
from seatrial.targets.files import place_of, placed_in
from seatrial.targets.pattern import Pattern
from seatrial.targets.protected import OURS
from seatrial.targets.selector import HostSelector, ProcessSelector
from seatrial.targets.target import EndpointTarget, ProcessTarget, Target

MAIN_PID = 1
"""The main process of a container, in its own pid namespace."""


class HostAim(Model):
    """The pod as a whole."""

    kind: Literal["host"] = "host"

    def resolve(self, seen: "Seen") -> Target:
        """The pod; its host name is its name."""
        (host,) = HostSelector().population()
        return host


class EndpointAim(Model):
    """A port that the pod serves."""

    kind: Literal["endpoint"] = "endpoint"
    port: int = Field(ge=1, le=65535)

    def resolve(self, seen: "Seen") -> Target:
        """As it is reached from inside."""
        return EndpointTarget(host="127.0.0.1", port=self.port)


class ProcessAim(Model):
    """One process of the target's container: its main process, or the only one with such a command line."""

    kind: Literal["process"] = "process"
    cmdline: Pattern | None = None
    exclude: Pattern | None = None

    def resolve(self, seen: "Seen") -> ProcessTarget:
        """Raises Fatal where there is none, or a choice."""
        if self.cmdline is None:
            main = process.as_target(seen.main_pid)
            if main is None:
                raise Fatal("the main process of the container is gone")
            return main
        wanted = ProcessSelector(cmdline=self.cmdline, exclude=self.exclude)
        never = process.own_family() - {seen.main_pid}
        matching = process.all_targets(wanted.matches_line)
        found = [one for one in matching if one.pid not in never and seen.has(one.pid) and not _is_ours(one)]
        if len(found) != 1:
            several = ": " + ", ".join(one.label for one in found[:5]) if found else ""
            raise Fatal(f"{len(found)} processes match {self.cmdline!r}, and it takes one{several}")
        return found[0]


class Seen(NamedTuple):
    """The target's container, as the agent sees it."""

    main_pid: int = MAIN_PID
    container: str | None = None
    """Its id, where the agent sees all processes of the node."""

    def has(self, pid: int) -> bool:
        """Whether a process is one of the container's."""
        return self.container is None or is_in(pid, self.container)


def seen_from_here(action: Action[Any, Any], seen: Seen) -> Action[Any, Any]:
    """The action with its paths as the target's container has them; raises Fatal where there is no such."""
    if seen.container is None and MAIN_PID in process.own_family():
        raise Fatal("the agent does not see the processes of a container: it needs a target container")
    given = {name: getattr(action, name) for name in type(action).model_fields}
    paths = {name: placed_in(seen.main_pid, path) for name, path in given.items() if isinstance(path, Path)}
    for name, path in paths.items():
        _look(name, path)
    return action.model_copy(update=paths)


def _look(name: str, path: Path) -> None:
    try:
        place_of(path)
    except OSError as error:
        reason = f"`{name}` cannot be reached in the target's container: {error.strerror}"
        raise Fatal(reason) from error


def _is_ours(target: ProcessTarget) -> bool:
    """Other agents have what they look for in their own command line."""
    return any(ours in part for ours in OURS for part in target.argv[:6])


Aim = Annotated[HostAim | EndpointAim | ProcessAim, Field(discriminator="kind")]
