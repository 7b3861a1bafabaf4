"""Removing what guardians of dead runs have left: only where they could never do it themselves."""

import contextlib
from collections.abc import Collection
from typing import Final

from seatrial.kube import marks
from seatrial.kube.cluster import Cluster
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import annotations, metadata

_KINDS: Final = ("Job", "ClusterRole", "Role")
"""All else is owned by one of them."""


def remove_guardians(cluster: Cluster, dead: Collection[str], with_lease: Collection[str]) -> None:
    """Those of runs that are dead, and roles of runs that have no Lease any more; as far as the rights go.

    What is left goes with its Job's deadline.
    """
    for kind in _KINDS:
        with contextlib.suppress(KubeError):
            found = cluster.list_all(
                KINDS[kind].collection(), labelSelector=f"{marks.OWN}={marks.OWN_GUARDIAN}"
            )
            for one in found:
                run = annotations(one).get(marks.RUN_ID)
                if run in dead or (kind != "Job" and run not in with_lease):
                    data = metadata(one)
                    cluster.delete(KINDS[kind].path(data.get("namespace"), data["name"]), data["uid"])
