"""Who finishes an experiment's undo where its runner cannot: a process beside it, and Pods in the cluster."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from seatrial.model.base import Model
from seatrial.model.fields import Duration

_Word = Annotated[str, StringConstraints(min_length=1, max_length=253, strip_whitespace=True)]


class ClusterGuardian(Model):
    """Two Pods that undo in the cluster when the runner's Lease is not renewed any more."""

    namespace: _Word | None = None
    """Where they run; without it, in the namespace of the first target."""
    image: _Word | None = None
    """Seatrial's own image; without it the one in SEATRIAL_IMAGE, else `seatrial:VERSION`."""
    service_account: _Word | None = None
    """As whom they undo; without it the run makes a ServiceAccount with the plan's rights, and removes it."""
    lease: Duration = Field(default=5.0, ge=2, le=60)
    """How long after its last sign of life a runner is taken for dead; it gives one each second."""


class GuardianInCluster(Model):
    """As `guardian: cluster`, with its settings."""

    cluster: ClusterGuardian


Guardian = Literal["local", "cluster"] | GuardianInCluster
