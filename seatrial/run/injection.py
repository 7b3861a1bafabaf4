"""Injecting faults: intent on disk first, stage by stage, each looked at whether it bites.

prepare ─▶ Intended (fsync) ─▶ guardian armed ─▶ apply ─▶ effect seen? ─▶ hold ─▶ next stage
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import anyio.abc

from seatrial.action import Lease
from seatrial.crew.crew import Crew
from seatrial.crew.verbs import Apply, CheckEffect, Prepare
from seatrial.guardian.link import GuardianLink
from seatrial.journal.entries import (
    Applied,
    ApplyFailed,
    EffectChecked,
    Intended,
    StageStarted,
    StopKind,
    Undo,
)
from seatrial.journal.writer import JournalWriter
from seatrial.plan.plan import Plan, PlannedFault, PlannedTarget
from seatrial.run.stop import StopSwitch
from seatrial.run.undoing import DEADLINE_S, Undoer, deadline_s

_LOOK_AGAIN_S: Final = 0.05
_LOOKS_PER_S: Final = 100
"""All targets together: who looks at a thousand all the time keeps the fault from getting on."""
_LOOKS: Final = 4
"""So often it is looked in any case, before it counts as one that did not bite."""


@dataclass
class Injected:
    """What is or may be injected, in the order in which it was intended."""

    undos: list[Undo] = field(default_factory=list)

    def newest_first(self) -> list[Undo]:
        return list(reversed(self.undos))

    def of_fault(self, fault: PlannedFault) -> list[Undo]:
        return [undo for undo in self.newest_first() if undo.id.startswith(f"f{fault.index}.")]

    def forget(self, undos: Sequence[Undo]) -> None:
        gone = {undo.id for undo in undos}
        self.undos = [undo for undo in self.undos if undo.id not in gone]


@dataclass
class Injector:
    """Runs the fault phase of a plan."""

    plan: Plan
    run_id: str
    crew: Crew
    guardian: GuardianLink
    journal: JournalWriter
    stop: StopSwitch
    undoer: Undoer
    undoing: anyio.abc.TaskGroup
    """Where faults are undone that end before the others."""
    fence: Path | None = None
    """What is injected into clusters is written within this."""
    injected: Injected = field(default_factory=Injected)
    ending: set[str] = field(default_factory=set)
    """Faults that are being undone there now."""
    _ended: anyio.Event = field(default_factory=anyio.Event)
    _over: dict[int, anyio.Event] = field(init=False)
    """By fault, set when its time is over and it is undone."""
    _going: int = field(init=False)
    _limited: bool = False

    def __post_init__(self) -> None:
        self._going = len(self.plan.faults)
        self._over = {fault.index: anyio.Event() for fault in self.plan.faults}

    async def take_precautions(self) -> bool:
        """Before the first fault; False when one could not be taken, and the run is stopped."""
        for precaution in self.plan.precautions:
            if not await self._inject(precaution, precaution.targets):
                return False
        return True

    async def run(self) -> None:
        """All faults at their times; ends when the last has held its time."""
        async with anyio.create_task_group() as tasks:
            for fault in self.plan.faults:
                tasks.start_soon(self._run_fault, fault)

    async def _run_fault(self, fault: PlannedFault) -> None:
        await anyio.sleep(fault.starts_at_s)
        await self._those_before(fault)
        hold_s = fault.hold_s / len(fault.stages)
        ends_s = anyio.current_time()
        for stage in range(len(fault.stages)):
            ends_s += hold_s
            self.journal.append(StageStarted(fault=fault.index, stage=stage))
            targets = [planned for planned in fault.targets if planned.stage == stage]
            if not await self._inject(fault, targets):
                return
            await anyio.sleep_until(ends_s)
        self._going -= 1
        if self._going and not fault.irreversible:  # others go on: this one ends at its own time
            undos = self.injected.of_fault(fault)
            self.ending |= {undo.id for undo in undos}
            self.undoing.start_soon(self._end, fault, undos)
        else:
            self._over[fault.index].set()

    async def _those_before(self, fault: PlannedFault) -> None:
        """One after another: what the one before has changed must not pass for the usual state."""
        for other in self.plan.faults:
            if other.ends_at_s <= fault.starts_at_s:
                await self._over[other.index].wait()

    async def _end(self, fault: PlannedFault, undos: Sequence[Undo]) -> None:
        """Undo one fault while others go on; a stop of the run does not wait for this."""
        with anyio.CancelScope(shield=True):
            verified = await self.undoer.undo_all(undos, self.journal.now_s)
        self.ending -= {undo.id for undo in undos}
        if verified:
            self.injected.forget(undos)
        else:
            self.stop.turn(StopKind.ERROR, f"{fault.action} could not be undone")
        self._over[fault.index].set()
        self._ended.set()

    async def settled(self) -> None:
        """Wait until no fault is just being undone at its own time."""
        while self.ending:
            self._ended = anyio.Event()
            await self._ended.wait()

    async def _inject(self, fault: PlannedFault, targets: Sequence[PlannedTarget]) -> bool:
        """Hit the targets of one stage at once; False when one could not be, and the run is stopped."""
        undos = await self._prepare(fault, targets)
        if undos is None:
            return False
        self.injected.undos.extend(undos)
        self.journal.append(Intended(undos=tuple(undos)))
        await self.journal.commit()
        await self.guardian.arm(undos)
        self._set_limit(fault, undos)
        failures: list[str] = []
        async with anyio.create_task_group() as tasks:
            for undo in undos:
                tasks.start_soon(self._apply, undo, fault.effect_within_s, failures, len(undos))
        if failures:
            self.stop.turn(StopKind.APPLY, failures[0])
            return False
        return True

    def _set_limit(self, fault: PlannedFault, undos: Sequence[Undo]) -> None:
        """Once, at the first fault: all that the plan allows, and the longest undo after it."""
        if fault.lifting is None and not self._limited:
            self._limited = True
            undo_s = max(deadline_s(undo) for undo in undos) * len(self.plan.faults)
            self.guardian.limit(self._longest_s(fault) + undo_s)

    async def _prepare(self, fault: PlannedFault, targets: Sequence[PlannedTarget]) -> list[Undo] | None:
        prepared: dict[str, Undo] = {}
        failures: list[str] = []
        async with anyio.create_task_group() as tasks:
            for planned in targets:
                tasks.start_soon(partial(self._prepare_one, fault, planned, prepared, failures))
        if failures:
            self.stop.turn(StopKind.APPLY, failures[0])
            return None
        return [prepared[planned.id] for planned in targets]

    async def _prepare_one(
        self, fault: PlannedFault, planned: PlannedTarget, prepared: dict[str, Undo], failures: list[str]
    ) -> None:
        lease = Lease(id=f"{self.run_id}.{planned.id}", max_hold_s=self._longest_s(fault))
        request = Prepare(action=fault.action, arguments=fault.arguments, target=planned.target, lease=lease)
        answer = await self.crew.call(request, fault.timeout_s)
        if answer.failure is not None or not isinstance(answer.value, dict):
            failures.append(
                f"{fault.action} could not be prepared on {planned.target.label}: {answer.reason}"
            )
            return
        prepared[planned.id] = Undo(
            id=planned.id,
            action=fault.action,
            arguments=fault.arguments,
            target=planned.target,
            state=answer.value,
            timeout_s=fault.timeout_s,
            lifting=fault.lifting,
        )

    def _longest_s(self, fault: PlannedFault) -> float:
        assert self.plan.blast is not None
        held_s = self.plan.blast.max_duration_s
        if fault.lifting is None:
            return held_s
        undo_s = sum(max(DEADLINE_S, 3 * one.timeout_s) for one in self.plan.faults)
        return held_s + undo_s + self.plan.settled_within_s

    async def _apply(self, undo: Undo, within_s: float, failures: list[str], together: int) -> None:
        began_s = self.journal.now_s
        try:
            answer = await self.crew.call(Apply(undo=undo, fence=self.fence), undo.timeout_s)
        except anyio.get_cancelled_exc_class():
            self.journal.append_if_possible(ApplyFailed(id=undo.id, reason="cut short: the run was stopped"))
            raise
        if answer.failure is not None:
            self.journal.append(ApplyFailed(id=undo.id, reason=answer.reason))
            failures.append(f"{undo.action} could not be injected on {undo.target.label}: {answer.reason}")
            return
        self.journal.append(Applied(id=undo.id, took_s=round(self.journal.now_s - began_s, 4)))
        again_s = min(together / _LOOKS_PER_S, within_s / _LOOKS)
        await self._check_effect(undo, within_s, max(_LOOK_AGAIN_S, again_s))

    async def _check_effect(self, undo: Undo, within_s: float, again_s: float) -> None:
        """Look until it bites, once at least, and not much longer than that takes."""
        seen: bool | None = False
        reason, give_up_s = "", math.inf
        while not seen and anyio.current_time() < give_up_s:
            if give_up_s < math.inf:
                await anyio.sleep(again_s)
            answer = await self.crew.call(CheckEffect(undo=undo), undo.timeout_s)
            reason = answer.reason
            if answer.failure is None and answer.value is None:
                seen = None
                break
            seen = answer.value is True
            # From the first look on: with a thousand targets it may be long until its turn.
            give_up_s = min(give_up_s, anyio.current_time() + within_s)
        self.journal.append(EffectChecked(id=undo.id, seen=seen, reason=reason))
