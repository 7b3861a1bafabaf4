"""Which cluster is meant, and as whom: a kubeconfig and a context, or the pod that this runs in."""

import os
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from seatrial.errors import InvalidInput
from seatrial.model.record import Record

SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_IN_CLUSTER: Final = "KUBERNETES_SERVICE_HOST"


class Access(Record):
    """A cluster, and as whom it is asked. As data it names files, and holds no secret."""

    kubeconfig: str | None = None
    """Files as in KUBECONFIG, divided by colons; None: the ServiceAccount of the pod that this runs in."""
    context: str | None = None
    """One of its contexts; None: the current one."""
    timeout_s: Annotated[float, Meta(gt=0, le=300)] = 10.0
    """How long one request may take."""

    @property
    def label(self) -> str:
        """The cluster in words."""
        if self.kubeconfig is None:
            return "this cluster"
        return self.context or f"the current context of {self.kubeconfig}"


def find_access(kubeconfig: Path | str | None = None, context: str | None = None) -> Access:
    """Where a cluster is named: here, in KUBECONFIG, in the home folder, or by the pod that this runs in.

    The first of them that is there, never another one because it fails. Raises InvalidInput where none is.
    """
    named = str(kubeconfig) if kubeconfig is not None else os.environ.get("KUBECONFIG", "")
    if named:
        return Access(kubeconfig=_absolute(named), context=context)
    if (usual := Path("~/.kube/config").expanduser()).exists():
        return Access(kubeconfig=str(usual), context=context)
    if os.environ.get(_IN_CLUSTER) and SERVICE_ACCOUNT.exists():
        if context is not None:
            raise InvalidInput(
                f"there is no kubeconfig with a context {context!r}", "this is a pod: leave it out"
            )
        return Access()
    raise InvalidInput(
        "no Kubernetes cluster is named",
        "set KUBECONFIG, or write `kubeconfig:` and `context:` beside `kind:`",
    )


def _absolute(files: str) -> str:
    """Undo may happen from another folder than this."""
    return os.pathsep.join(str(Path(one).expanduser().absolute()) for one in files.split(os.pathsep) if one)
