"""Undoing what objects of a cluster themselves say has been done to them: without a journal, from anywhere.

list what has the mark ─▶ read what it says ─▶ undo, newest first, as the runner would ─▶ verified
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import anyio
import anyio.to_thread

from seatrial.action import Action, NeedsRights
from seatrial.crew.crew import Crew
from seatrial.journal.entries import Undone, UndoResult
from seatrial.journal.ledger import KeptLedger
from seatrial.kube import marks
from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.marked import Place, Unlisted, find_marked
from seatrial.run.intents import Intent, Unreadable, read_intent
from seatrial.run.undoing import By, Undoer


@dataclass
class Seen:
    """What has a fault on it, as far as one may look."""

    intents: list[Intent]
    unreadable: list[Unreadable]
    unlisted: list[Unlisted]

    @property
    def runs(self) -> list[str]:
        """The runs that it is of, oldest first."""
        return sorted({intent.run for intent in self.intents})

    @property
    def actions(self) -> list[str]:
        """The actions that it takes."""
        return sorted({intent.undo.action for intent in self.intents})


class Settled(NamedTuple):
    """One fault and what became of it."""

    intent: Intent
    undone: Undone

    @property
    def remains(self) -> bool:
        """Whether it may still be there."""
        return self.undone.result is UndoResult.FAILED


async def look(access: Access, places: Sequence[Place]) -> Seen:
    """What has a fault on it there; raises InvalidInput where the cluster cannot be asked at all."""
    found = await anyio.to_thread.run_sync(lambda: find_marked(cluster_at(access), places))
    read = [read_intent(one, access) for one in found.objects]
    return Seen(
        intents=[one for one in read if isinstance(one, Intent)],
        unreadable=[one for one in read if isinstance(one, Unreadable)],
        unlisted=found.unlisted,
    )


def only_known(seen: Seen, actions: Mapping[str, type[Action[Any, Any]]]) -> Seen:
    """Less those of actions that are not at hand, or that are none on Kubernetes."""
    known = [one for one in seen.intents if issubclass(actions.get(one.undo.action, Action), NeedsRights)]
    unknown = [
        Unreadable(
            one.on,
            marks.of_lease(f"{one.run}.{one.undo.id}"),
            f"no action {one.undo.action!r} on Kubernetes is at hand: name its pack by --pack",
        )
        for one in seen.intents
        if one not in known
    ]
    return Seen(known, [*seen.unreadable, *unknown], seen.unlisted)


@dataclass
class Sweeper:
    """Undoes intents, of several runs at once."""

    crew: Crew
    by: By
    backwards: bool = False
    """Within a fault the other way round: two that sweep the same meet in the middle."""
    settled: list[Settled] = field(default_factory=list)

    async def undo(self, intents: Iterable[Intent]) -> None:
        """Newest first; never raises for what an action or the cluster does. Shield it from cancellation."""
        by_run: dict[str, dict[str, Intent]] = {}
        for intent in intents:  # one fault may have marked several objects
            by_run.setdefault(intent.run, {}).setdefault(intent.undo.id, intent)
        async with anyio.create_task_group() as tasks:
            for of_run in by_run.values():
                tasks.start_soon(self._undo_run, of_run)

    async def _undo_run(self, intents: Mapping[str, Intent]) -> None:
        ledger = KeptLedger()
        ordered = sorted(intents.values(), key=_newest_first(backwards=self.backwards))
        undoer = Undoer(self.crew, ledger, self.by, look_before=self.by == "rollback")
        await undoer.undo_all([one.undo for one in ordered], ledger.now_s)
        done = {entry.id: entry for entry in ledger.entries if isinstance(entry, Undone)}
        self.settled += [Settled(one, done[one.undo.id]) for one in ordered]


def _newest_first(*, backwards: bool) -> Callable[[Intent], tuple[int, int]]:
    def key(intent: Intent) -> tuple[int, int]:
        fault, target = (int(part[1:]) for part in intent.undo.id.split("."))
        return -fault, target if backwards else -target

    return key
