"""`seatrial rollback --kubernetes`: undo what runs left in a cluster, without a journal."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread

from seatrial.crew.crew import open_crew
from seatrial.errors import InvalidInput
from seatrial.guardian.in_cluster.removal import remove_guardians
from seatrial.kube import lease
from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.lease import Lease
from seatrial.kube.marked import everywhere
from seatrial.pack import as_arguments, load_packs
from seatrial.plan.plan import named
from seatrial.run.intents import Intent
from seatrial.run.rollback import RollbackReport, in_words
from seatrial.run.sweep import Seen, Sweeper, look, only_known
from seatrial.store import Store

_LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class ClusterRollback:
    """What is to be undone, and what is to be left alone."""

    access: Access
    store: Store
    """Where runs of this machine would be."""
    namespace: str | None = None
    """Only there, and on what is in no namespace; None: everywhere."""
    run: str | None = None
    """Only of runs whose id has this in it."""
    force: bool = False
    """Also of runs that are alive."""
    packs: Sequence[Path] = ()

    async def roll_back(self) -> RollbackReport:
        """Find, undo, verify; raises InvalidInput where the cluster cannot be asked at all."""
        await anyio.to_thread.run_sync(self._ask_once)
        seen = await look(self.access, everywhere(self.namespace))
        if self.run is not None:
            seen.intents = [one for one in seen.intents if self.run in one.run]
            seen.unreadable = []
        pack = load_packs(*self.packs, naming=seen.actions or [""])
        seen = only_known(seen, pack.actions)
        alive = [] if self.force else await self._alive(seen.runs)
        chosen = [one for one in seen.intents if one.run not in alive]
        async with open_crew(as_arguments(pack.roots, seen.actions or [""])) as crew:
            sweeper = Sweeper(crew, "rollback")
            await sweeper.undo(chosen)
        await self._remove_guardians({one.run for one in chosen})
        return _report(seen, sweeper, alive)

    def _ask_once(self) -> None:
        """Raise InvalidInput where nobody answers: eighteen lists would say so one by one."""
        try:
            cluster_at(self.access).get("/version")
        except KubeError as error:
            what = f"{self.access.label} cannot be asked, so nobody knows what is left there: {error}"
            raise InvalidInput(what, "`kubectl get nodes` should say the same; try again then") from None

    async def _alive(self, runs: Sequence[str]) -> list[str]:
        """Those whose runner is there: here, by the lock on its journal, or elsewhere, by its Lease."""
        here = {run.id for run in self.store.runs() if run.id in runs and run.is_held()}
        return sorted(here | await self._renewed({run for run in runs if run not in here}))

    async def _renewed(self, runs: set[str]) -> set[str]:
        """Those whose Leases are seen to be renewed within their duration."""
        first = {one.path: one for one in await self._leases() if one.run in runs and one.is_the_runners}
        give_up_s = time.monotonic() + max((one.duration_s for one in first.values()), default=0.0)
        found: set[str] = set()
        while time.monotonic() < give_up_s and len(found) < len(first):
            await anyio.sleep(_LOOK_EVERY_S)
            for one in await self._leases():
                if one.path in first and one.is_the_runners and one.renewed != first[one.path].renewed:
                    found.add(one.run)
        return found

    async def _remove_guardians(self, dead: set[str]) -> None:
        with_lease = {one.run for one in await self._leases()}
        await anyio.to_thread.run_sync(remove_guardians, cluster_at(self.access), dead, with_lease)

    async def _leases(self) -> list[Lease]:
        return await anyio.to_thread.run_sync(lease.all_of_runs, cluster_at(self.access), self.namespace)


def _report(seen: Seen, sweeper: Sweeper, alive: Sequence[str]) -> RollbackReport:
    settled = [one for one in sweeper.settled if not one.remains]
    lines = [f"{_label(one.intent)}: {in_words(one.undone)}" for one in settled]
    lines += [
        f"{_label(one)}: left alone, for its run is alive (`--run {one.run} --force` undoes it)"
        for one in seen.intents
        if one.run in alive
    ]
    lines += [f"not looked at: {one.place}: {one.reason}" for one in seen.unlisted if one.is_forbidden]
    remaining = [f"{_label(one.intent)}: {in_words(one.undone)}" for one in sweeper.settled if one.remains]
    remaining += [f"{one.on.label}: {one.why}; {one.advice}" for one in seen.unreadable]
    remaining += [
        f"not looked at: {one.place}: {one.reason}" for one in seen.unlisted if not one.is_forbidden
    ]
    total = len(sweeper.settled) + len(seen.unreadable)
    summary = f"{len(settled)} of {total} settled" if total else "nothing has a fault on it"
    return RollbackReport(summary, tuple(lines), tuple(remaining))


def _label(intent: Intent) -> str:
    return f"{named(intent.undo.action, intent.undo.target)} (run {intent.run})"
