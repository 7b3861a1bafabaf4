"""Targets: the things that actions hit. Each says who it is in a way that outlives the run."""

from typing import Annotated, Any, get_args

from msgspec import Meta

from seatrial.kube.access import Access
from seatrial.kube.ref import Ref
from seatrial.model.record import Tagged, tag_of


class BaseTarget(Tagged):
    """Something that a fault can hit."""

    @property
    def identity(self) -> str:
        """The same for the same thing, different for its successor: locks are held on it."""
        raise NotImplementedError

    @property
    def label(self) -> str:
        """How people would call it."""
        raise NotImplementedError


class ProcessTarget(BaseTarget, tag="process"):
    """One process of this machine; a pid alone is not an identity, for pids are used again."""

    pid: Annotated[int, Meta(gt=0)]
    start_ticks: int
    """Field 22 of /proc/PID/stat: clock ticks since boot, untouched by changes of the clock."""
    boot_id: str
    argv: tuple[str, ...]
    user: str

    @property
    def identity(self) -> str:
        return f"process/{self.boot_id}/{self.pid}/{self.start_ticks}"

    @property
    def label(self) -> str:
        command = " ".join(self.argv)
        return f"pid {self.pid} ({command[:77] + '...' if len(command) > 80 else command})"


class EndpointTarget(BaseTarget, tag="endpoint"):
    """A host and a port that somebody serves."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)]

    @property
    def identity(self) -> str:
        return f"endpoint/{self.host}/{self.port}"

    @property
    def label(self) -> str:
        return f"{self.host}:{self.port}"


class HostTarget(BaseTarget, tag="host"):
    """This machine."""

    hostname: str
    boot_id: str

    @property
    def identity(self) -> str:
        return f"host/{self.hostname}"

    @property
    def label(self) -> str:
        return self.hostname


class ResourceTarget(BaseTarget, tag="resource"):
    """Something that only a driver reaches: a deployment, a database of a cloud. It is what its name says."""

    name: str

    @property
    def identity(self) -> str:
        return f"resource/{self.name}"

    @property
    def label(self) -> str:
        return self.name


class ActivityTarget(BaseTarget, tag="activity"):
    """What a Chaos Toolkit activity aims at: all that is known is what it calls, with which arguments."""

    name: str
    """How people would call it."""
    what: str
    """A function, a program or a URL."""
    arguments: str
    """As JSON, with `${name}` as written."""

    @property
    def identity(self) -> str:
        return f"activity/{self.what}/{self.arguments}"

    @property
    def label(self) -> str:
        return self.name


class KubernetesTarget(BaseTarget, tag="kubernetes"):
    """An object of a Kubernetes cluster, as it was when the plan was made."""

    access: Access
    object: Ref
    container: str | None = None
    """Of a pod: the container that is meant; None: the pod as a whole."""
    process: str | None = None
    """In that container: the process with such a command line; None: its main process."""
    workload: str | None = None
    """Of a pod: who brings it back, at the top of the chain of owners: `Deployment/web`."""
    node: str | None = None
    """Of a pod: where it runs."""
    zone: str | None = None
    """Of a node, or of a pod's node."""

    @property
    def identity(self) -> str:
        return f"kubernetes/{self.object.uid}" + (f"/{self.container}" if self.container else "")

    @property
    def label(self) -> str:
        within = f"container {self.container} of " if self.container else ""
        return f"{within}{self.object.label}" + (f" on {self.node}" if self.node else "")


Target = ProcessTarget | EndpointTarget | HostTarget | ResourceTarget | ActivityTarget | KubernetesTarget


def kinds_of(target: Any) -> tuple[str, ...]:
    """The kinds of this target or union of targets; empty for `BaseTarget`, which is every kind."""
    each = get_args(target) or (target,)
    return tuple(tag_of(one) for one in each if one is not BaseTarget)
