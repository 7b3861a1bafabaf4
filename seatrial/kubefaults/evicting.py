"""Evictions: a pod is asked to go, and its disruption budgets are asked whether it may."""

from math import ceil
from typing import Any, Final

from seatrial.errors import Fatal
from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.ref import Ref

_TOO_MANY: Final = 429


def evict_pod(access: Access, pod: Ref, grace_s: float | None = None) -> bool:
    """Have it ended if its budgets allow that; False where it is gone, or another has its name.

    Raises Fatal with the budget's own words where they do not allow it, else KubeError.
    """
    try:
        ask_to_evict(access, pod, grace_s)
    except KubeError as error:
        if error.is_gone or error.status == 409:
            return False
        if (said := budget_in(error)) is not None:
            raise Fatal(f"{pod.label} may not be evicted now: {said}") from None
        raise
    return True


def ask_to_evict(access: Access, pod: Ref, grace_s: float | None = None, *, dry_run: bool = False) -> None:
    """One Eviction of the very pod. With `dry_run` nothing is written, but all who decide are asked.

    Raises KubeError: 429 with its cause where a budget is spent, 409 where another pod has the name.
    """
    options: dict[str, Any] = {"preconditions": {"uid": pod.uid}}
    if grace_s is not None:
        options["gracePeriodSeconds"] = ceil(grace_s)
    if dry_run:
        options["dryRun"] = ["All"]
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod.name, "namespace": pod.namespace},
        "deleteOptions": options,
    }
    cluster_at(access).create(f"{pod.path}/eviction", body)


def budget_in(error: KubeError) -> str | None:
    """What a disruption budget said against an eviction; None where that is not what the error is about."""
    if error.status != _TOO_MANY:
        return None
    causes = [one.get("message") for one in error.details.get("causes") or ()]
    return "; ".join(filter(None, causes)) or None
