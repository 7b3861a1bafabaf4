"""What a guardian in the cluster does: sign on, watch the Lease, and undo once it is not renewed any more."""

import socket
import sys
import time
from typing import Final

import anyio
import anyio.to_thread

from seatrial import __version__
from seatrial.crew.crew import Crew, crew_of
from seatrial.errors import Refused
from seatrial.guardian.in_cluster.task import Task
from seatrial.kube import lease, marks, rights
from seatrial.kube.access import find_access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.lease import GUARDIAN, Lease
from seatrial.kube.ref import Ref
from seatrial.pack import Pack
from seatrial.run.sweep import Sweeper, look, only_known

_LOOK_EVERY_S: Final = 0.25
_SWEEP_EVERY_S: Final = 0.5
_SECOND_AFTER_S: Final = 1.0
_ROLES_WITHIN_S: Final = 30.0
_LEASE_WITHIN_S: Final = 90.0
"""The Job is made before what it owns."""


async def guard(task: Task, pod: str, pack: Pack, template: tuple[int, socket.socket]) -> None:
    """Until there is nothing to guard any more; raises Refused where it could not undo."""
    async with crew_of(*template) as crew:
        guardian = _Guardian(task, pod, pack, crew)
        await guardian.sign_on()
        last = await guardian.until_lapsed()
        with anyio.CancelScope(shield=True):
            await guardian.sweep_until_clean(last)
            await guardian.remove_roles()


class _Guardian:
    def __init__(self, task: Task, pod: str, pack: Pack, crew: Crew) -> None:
        self._task = task
        self._pod = pod
        self._pack = pack
        self._crew = crew
        self._access = find_access()
        self._cluster = cluster_at(self._access)

    async def sign_on(self) -> None:
        """Tell the runner that this one is ready and able."""
        asking = rights.missing(self._cluster.client, self._task.rights)
        if lacking := await anyio.to_thread.run_sync(self._cluster.run, asking):
            raise Refused("the guardian may not undo everything", f"it lacks {'; '.join(map(str, lacking))}")
        give_up_s = time.monotonic() + _LEASE_WITHIN_S
        why = "it is not there: its run is over"
        while time.monotonic() < give_up_s:
            try:
                if await anyio.to_thread.run_sync(self._sign):
                    _tell("ready")
                    return
            except KubeError as error:
                why = str(error)
            await anyio.sleep(_LOOK_EVERY_S)
        raise Refused(f"the Lease {self._task.lease} could not be signed", why)

    def _sign(self) -> bool:
        found = self._read()
        return found is not None and lease.sign(self._cluster, found, self._pod, __version__)

    def _read(self) -> Lease | None:
        return lease.read(self._cluster, self._task.namespace, self._task.lease)

    async def until_lapsed(self) -> Lease | None:
        """The Lease that its runner renews no more, or that another guardian has; None where it is gone."""
        seen: Lease | None = None
        since_s = 0.0
        while True:
            try:
                found = await anyio.to_thread.run_sync(self._read)
            except KubeError as error:
                _tell(f"the Lease cannot be read: {error}")
                seen = None  # where the API was away, the runner could not renew it either: a new chance
                await anyio.sleep(_LOOK_EVERY_S)
                continue
            now_s = time.monotonic()
            if found is None or not found.is_the_runners:
                return found
            if seen is None or found.renewed != seen.renewed:
                seen, since_s = found, now_s
            elif now_s - since_s >= found.duration_s and await self._take(found):
                return found
            await anyio.sleep(_LOOK_EVERY_S)

    async def _take(self, found: Lease) -> bool:
        """False where the runner was faster, or another guardian."""
        try:
            return await anyio.to_thread.run_sync(lease.take, self._cluster, found, GUARDIAN + self._pod)
        except KubeError as error:
            _tell(f"the Lease cannot be taken: {error}")
            return False

    async def sweep_until_clean(self, last: Lease | None) -> None:
        """Undo, and look on for as long as a patch of the runner may still be on its way."""
        _tell("the run's Lease lapsed" if last is not None else "the run's Lease is gone")
        linger_s = last.duration_s if last is not None else 0.0
        is_second = last is not None and not last.is_the_runners
        if is_second:  # the first one is at it; where it has died since, this one finishes
            await anyio.sleep(_SECOND_AFTER_S)
        clean_since_s: float | None = None
        while clean_since_s is None or time.monotonic() - clean_since_s < linger_s:
            began_s = time.monotonic()
            is_clean = await self._sweep(backwards=is_second)
            clean_since_s = (clean_since_s or began_s) if is_clean else None
            if is_clean and not linger_s:
                break
            await anyio.sleep(_SWEEP_EVERY_S)
        _tell("nothing of the run is left")

    async def _sweep(self, *, backwards: bool) -> bool:
        """Look, and undo what is there; True when there was nothing, and all places could be looked at."""
        seen = only_known(await look(self._access, self._task.places), self._pack.actions)
        intents = [one for one in seen.intents if one.run == self._task.run]
        mine = marks.of_lease(self._task.run)
        unreadable = [one for one in seen.unreadable if one.mark.startswith(mine)]
        sweeper = Sweeper(self._crew, "guardian", backwards)
        await sweeper.undo(intents)
        for one in sweeper.settled:
            _tell(f"{one.intent.on.label}: {one.undone.result} {one.undone.reason}".rstrip())
        for place, reason, _ in seen.unlisted:
            _tell(f"not looked at: {place}: {reason}")
        for odd in unreadable:
            _tell(f"{odd.on.label}: {odd.why}")
        return not intents and not unreadable and not seen.unlisted

    async def remove_roles(self) -> None:
        """What the Job cannot own; each takes its binding with it."""
        give_up_s = time.monotonic() + _ROLES_WITHIN_S
        left = list(self._task.roles)
        while left and time.monotonic() < give_up_s:
            left = [role for role in left if not await self._is_removed(role)]
            if left:
                await anyio.sleep(_LOOK_EVERY_S)

    async def _is_removed(self, role: Ref) -> bool:
        try:
            await anyio.to_thread.run_sync(self._cluster.delete, role.path)
        except KubeError as error:
            if not error.is_forbidden:  # the right to it stands in it: the other guardian was faster
                _tell(f"{role.label} cannot be removed: {error}")
                return False
        return True


def _tell(text: str) -> None:
    """What `kubectl logs` shows."""
    sys.stdout.write(f"guardian: {text}\n")
    sys.stdout.flush()
