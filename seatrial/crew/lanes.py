"""Lanes: hands that share a process, for verbs that do nothing but ask others over the network.

A process does one kind of work at a time: `apply` of one action, say. What one verb that hangs takes with it
when it is killed is then of the same kind, and of the same stage or the same undo.
"""

from dataclasses import dataclass, field
from typing import Final
from weakref import WeakSet

import anyio

from seatrial.crew.forker import Forker, Hand, HandProcess

LANES: Final = 64
"""How many hands share a process: two of them keep two cores at work."""


@dataclass
class _Shift:
    """What a process is at."""

    work: str
    idle: list[Hand]
    busy: set[Hand] = field(default_factory=set)


class Lanes:
    """Taken one by one; a process is forked where none has a lane for this kind of work."""

    def __init__(self, forker: Forker) -> None:
        self._forker = forker
        self._shifts: dict[HandProcess, _Shift] = {}
        self._ours = WeakSet[HandProcess]()
        self._forking = anyio.Lock()

    async def take(self, work: str) -> Hand:
        """A hand for this kind of work; raises OSError where no process can be made."""
        async with self._forking:
            shift = self._shift_for(work)
            if shift is None:
                lanes = await self._forker.fork_with(LANES)
                shift = self._shifts[lanes[0].process] = _Shift(work, lanes)
                self._ours.add(lanes[0].process)
            shift.work = work
            hand = shift.idle.pop()
            shift.busy.add(hand)
            return hand

    def _shift_for(self, work: str) -> _Shift | None:
        free = [shift for shift in self._shifts.values() if shift.idle]
        same = (shift for shift in free if shift.busy and shift.work == work)
        return next(same, None) or next((shift for shift in free if not shift.busy), None)

    def __contains__(self, hand: Hand) -> bool:
        return hand.process in self._ours

    def give_back(self, hand: Hand) -> bool:
        """After its work; False where its process was killed meanwhile, because of another lane."""
        shift = self._shifts.get(hand.process)
        if shift is None:
            return False
        shift.busy.discard(hand)
        shift.idle.append(hand)
        return True

    def drop(self, hand: Hand) -> list[Hand]:
        """Where its process is to be killed: the others that are lost, those at work aside."""
        shift = self._shifts.pop(hand.process, None)
        return [] if shift is None else shift.idle

    @property
    def idle(self) -> list[Hand]:
        """All that are not at work."""
        return [hand for shift in self._shifts.values() for hand in shift.idle]
