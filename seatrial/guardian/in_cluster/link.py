"""The runner's end of its guardians in the cluster: has them made, renews the Lease, removes them."""

import contextlib
import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import anyio
import anyio.abc
import anyio.to_thread

from seatrial import __version__
from seatrial.errors import Refused
from seatrial.guardian.in_cluster.installation import Installation
from seatrial.guardian.in_cluster.manifests import REPLICAS, Manifests
from seatrial.journal.entries import ClusterGuardianReady
from seatrial.kube import fence, lease
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.fence import Fence
from seatrial.kube.lease import RUNNER, Lease
from seatrial.plan.cluster_guard import GuardedCluster

_RENEW_EVERY_S: Final = 1.0
_LOOK_EVERY_S: Final = 0.25
_READY_WITHIN_S: Final = 120.0
_SURE: Final = 2 / 3
"""The share of the lease after its last renewal within which the runner is sure that it is its own."""

OnLoss = Callable[[str], object]


class ClusterGuardians:
    """Guardians in every cluster that a plan touches, and the one fence around its injections."""

    def __init__(
        self, clusters: Sequence[GuardedCluster], run: str, deadline_s: float, fence_path: Path
    ) -> None:
        self._fence = Fence(fence_path)
        self._links = [_Link(Manifests(one, run, deadline_s), self._move_fence) for one in clusters]

    @property
    def fence_path(self) -> Path:
        """What injections are written within."""
        return self._fence.path

    def _move_fence(self) -> None:
        self._fence.open_until(min(link.sure_until_s for link in self._links))

    async def reach(self, beside: anyio.abc.TaskGroup, on_loss: OnLoss) -> list[ClusterGuardianReady]:
        """Have them made and ready; from then on `beside` renews. Raises Refused where they cannot be had."""
        ready: list[ClusterGuardianReady] = []

        async def reach_one(link: _Link) -> None:
            ready.append(await link.reach(beside, on_loss))

        try:
            async with anyio.create_task_group() as all_of_them:
                for link in self._links:
                    all_of_them.start_soon(reach_one, link)
        except* Refused as refusals:
            raise refusals.exceptions[0] from None
        return ready

    async def remove(self) -> None:
        """Everything is undone and written: they may go, with all that was made for them."""
        for link in self._links:
            await link.remove()
        self._fence.close()


class _Link:
    """The guardians in one cluster."""

    def __init__(self, manifests: Manifests, on_renewal: Callable[[], None]) -> None:
        guarded = manifests.guarded
        self._installation = Installation(manifests)
        self._lease_s = guarded.settings.lease
        # Connections of its own, for a renewal must not queue up behind anything, and soon be tried again.
        self._access = guarded.access.model_copy(update={"timeout_s": self._lease_s / 3})
        self._on_renewal = on_renewal
        self._making = anyio.Lock()
        self._is_over = False
        self.sure_until_s = 0.0
        """By the fence's clock."""

    async def reach(self, beside: anyio.abc.TaskGroup, on_loss: OnLoss) -> ClusterGuardianReady:
        """Have guardians, and their word that they are ready; raises Refused."""
        try:
            async with self._making:
                asked_s = fence.now_s()
                made = await anyio.to_thread.run_sync(self._installation.make, _holder())
        except KubeError as error:
            raise _not_ready(str(error)) from None
        self._renewed(asked_s)
        beside.start_soon(self._keep, made, on_loss)
        pods = await self._signed()
        where = self._installation.manifests.guarded.namespace
        return ClusterGuardianReady(namespace=where, lease=self._installation.name, pods=pods)

    async def _signed(self) -> tuple[str, ...]:
        """Wait for their word."""
        with anyio.move_on_after(_READY_WITHIN_S):
            while True:
                with contextlib.suppress(KubeError):  # a busy server; the renewals see to it that it is there
                    signed = await anyio.to_thread.run_sync(self._installation.signed)
                    if strange := set(signed.values()) - {__version__}:
                        raise _not_ready(f"its image is Seatrial {strange.pop()}, and this is {__version__}")
                    if len(signed) >= REPLICAS:
                        return tuple(sorted(signed))
                    if hopeless := await anyio.to_thread.run_sync(self._installation.why_hopeless):
                        raise _not_ready(hopeless)
                await anyio.sleep(_LOOK_EVERY_S)
        why = await anyio.to_thread.run_sync(self._installation.why_waiting)
        raise _not_ready(f"not both of its pods signed on within {_READY_WITHIN_S:g} s: {why}")

    async def _keep(self, made: Lease, on_loss: OnLoss) -> None:
        """Renew until cancelled; calls `on_loss` with the reason when the Lease is lost."""
        while not self._is_over:
            asked_s = fence.now_s()
            with contextlib.suppress(KubeError):
                if not await anyio.to_thread.run_sync(lambda: lease.renew(cluster_at(self._access), made)):
                    self._lost(
                        on_loss, "a guardian in the cluster has taken this run over, or its Lease is gone"
                    )
                    return
                self._renewed(asked_s)
            lease_ends_s = self.sure_until_s + (1 - _SURE) * self._lease_s
            if fence.now_s() > lease_ends_s:
                self._lost(on_loss, f"the run's Lease could not be renewed for {self._lease_s:g} s")
                return
            await anyio.sleep(max(0.1, asked_s + _RENEW_EVERY_S - fence.now_s()))

    def _renewed(self, asked_s: float) -> None:
        """Counted from before it was asked: a guardian can only have seen it later."""
        self.sure_until_s = asked_s + _SURE * self._lease_s
        self._on_renewal()

    def _lost(self, on_loss: OnLoss, reason: str) -> None:
        self.sure_until_s = 0.0
        self._on_renewal()
        if not self._is_over:
            on_loss(f"{reason}: guardians undo there")

    async def remove(self) -> None:
        """Where the cluster cannot be asked, they see that the Lease lapses, and go by themselves."""
        self._is_over = True
        async with self._making:
            with contextlib.suppress(KubeError):
                await anyio.to_thread.run_sync(self._installation.remove)


def _holder() -> str:
    return f"{RUNNER}{platform.node()}/{os.getpid()}"


def _not_ready(reason: str) -> Refused:
    return Refused(
        f"the guardians in the cluster did not become ready, so nothing was touched: {reason}",
        "mend that, or leave `guardian: cluster` out",
    )
