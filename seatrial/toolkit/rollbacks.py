"""Taking back what the method did: the file's rollbacks in their order, then known inverses, newest first.

Each is on disk, and with the guardian, before what it takes back is done. One that fails costs no other:
the guardian tries it again, and `seatrial rollback` after that.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio
import anyio.lowlevel

from seatrial.journal.entries import Intended, Phase, PhaseStarted, Undo, Undone, UndoResult, UndoStarted
from seatrial.journal.script_entries import Performed, Section
from seatrial.journal.writer import JournalWriter
from seatrial.model.record import JsonValue
from seatrial.plan.plan import Plan
from seatrial.toolkit.activity import LONGEST_S, Activity
from seatrial.toolkit.planning import fault_of, known_row, needs_guardian, wants_rollbacks
from seatrial.toolkit.stage import Stage

if TYPE_CHECKING:
    from seatrial.guardian.link import GuardianLink

TIMEOUT_S: Final = 120.0
"""For a rollback that has no timeout of its own."""
INVERSE_TIMEOUT_S: Final = 30.0


@dataclass
class Rollbacks:
    """Everything that takes the method back."""

    stage: Stage
    plan: Plan
    journal: JournalWriter
    guardian: "GuardianLink | None" = None
    intended: dict[str, Undo] = field(default_factory=dict)
    """By id, in the order in which they were written down."""
    method_began: bool = False
    doubtful: list[str] = field(default_factory=list)
    """Rollbacks that ran to their end and said that something was wrong."""

    @property
    def are_wanted(self) -> bool:
        assert self.plan.script is not None
        return wants_rollbacks(self.stage.file, self.plan.script)

    @property
    def can_be_needed(self) -> bool:
        """Whether there is anything that could take something back: then a guardian has to be there."""
        assert self.plan.script is not None
        return needs_guardian(self.stage.file, self.plan.script)

    async def intend(self) -> None:
        """Write down the file's rollbacks: from here on they run, whatever happens."""
        self.method_began = True
        if not self.can_be_needed:
            return
        written = self.stage.file.document.activities(Section.ROLLBACK)
        # Whoever takes over undoes the last written first: so the first to run is written last.
        undos = [self._undo_of(index, rollback) for index, rollback in reversed(list(enumerate(written)))]
        await self._write(undos)

    def captures(self, activity: Activity) -> bool:
        """Whether something has to be read before it runs."""
        return self.are_wanted and known_row(activity) is not None

    async def capture(self, index: int, activity: Activity) -> None:
        """Before an action with a known inverse: read what it takes to take it back, and write that down."""
        if not self.captures(activity):
            return
        told = await self.stage.ask(INVERSE_TIMEOUT_S, call="capture", section="method", index=index)
        if "problem" in told:
            self.stage.note(f"`{activity.name}` cannot be taken back by itself: {told['problem']}")
            return
        state = {"inverse": told["inverse"], "secrets": activity.document["provider"].get("secrets") or []}
        undo_id = fault_of(self.stage.file, Section.METHOD, index)
        await self._write([self._undo("inverse", undo_id, state, INVERSE_TIMEOUT_S)])

    async def _write(self, undos: list[Undo]) -> None:
        if not undos:
            return
        self.intended |= {undo.id: undo for undo in undos}
        self.journal.append(Intended(undos=tuple(undos)))
        await self.journal.commit()
        assert self.guardian is not None
        await self.guardian.arm(undos)

    def _undo_of(self, index: int, rollback: Activity) -> Undo:
        timing = self.stage.facts.of(Section.ROLLBACK, index)
        pauses = [timing[when] for when in ("before", "after")]
        pauses_s = [pause if isinstance(pause, int | float) else 0.0 for pause in pauses]
        timeout_s = min((rollback.deadline_s() or TIMEOUT_S) + sum(pauses_s), LONGEST_S)
        state: dict[str, JsonValue] = {"activity": rollback.document, "pauses_s": list(pauses_s)}
        return self._undo("rollback", fault_of(self.stage.file, Section.ROLLBACK, index), state, timeout_s)

    def _undo(self, action: str, undo_id: str, state: dict[str, JsonValue], timeout_s: float) -> Undo:
        file = self.stage.file
        where: dict[str, JsonValue] = {
            "file": str(file.path),
            "variables": list(file.options.variables),
            "var_files": [str(path.absolute()) for path in file.options.var_files],
        }
        state["configuration"] = self.stage.facts.configuration
        target = self.plan.planned(undo_id)[1].target
        return Undo(
            id=undo_id, action=action, arguments=where, target=target, state=state, timeout_s=timeout_s
        )

    async def play(self, *, deviated: bool, ended_early: bool) -> bool:
        """Take everything back, each on its own; True where all of it was. Must run shielded."""
        assert self.plan.script is not None
        strategy = self.plan.script.rollbacks
        # Whatever cannot be told counts as a deviation: a fault that stays is the worse mistake.
        wanted = self.method_began and (strategy != "deviated" or deviated or ended_early)
        if strategy == "never" or not (wanted or strategy == "always"):
            if self.method_began and self.intended:
                self._leave(f"left as it is: the rollback strategy is `{strategy}`")
            return True
        self.journal.append_if_possible(PhaseStarted(phase=Phase.UNDO))
        if self.intended:
            self.journal.append_if_possible(UndoStarted(ids=tuple(reversed(self.intended))))
        decided_s = self.journal.now_s
        verified = await self._play_written(decided_s)
        for undo in reversed(list(self.intended.values())):
            if undo.action == "inverse":
                verified = await self._set_back(undo, decided_s) and verified
        if self.intended:
            await self.journal.commit_if_possible()
        return verified

    async def _play_written(self, decided_s: float) -> bool:
        document = self.stage.file.document
        results: list[bool] = []
        runs: list[Performed] = []
        await self.stage.control("rollback", "before")
        async with anyio.create_task_group() as background:
            for index, rollback in enumerate(document.activities(Section.ROLLBACK)):
                perform = partial(self._perform, results, runs, index, rollback, decided_s)
                if document.is_background(Section.ROLLBACK, index):
                    background.start_soon(partial(perform, background=True))
                    await anyio.lowlevel.checkpoint()  # it begins before the next one
                else:
                    await perform()
        state: list[JsonValue] = [one.run for one in sorted(runs, key=lambda one: one.index)]
        await self.stage.control("rollback", "after", state)
        return all(results)

    async def _perform(
        self,
        results: list[bool],
        runs: list[Performed],
        index: int,
        rollback: Activity,
        decided_s: float,
        *,
        background: bool = False,
    ) -> None:
        performed = await self.stage.perform(
            Section.ROLLBACK, index, rollback, background=background, within_s=TIMEOUT_S
        )
        runs.append(performed)
        undo = self.intended.get(fault_of(self.stage.file, Section.ROLLBACK, index))
        if undo is None:
            return
        is_done = performed.run.get("status") == "succeeded"
        doubt = doubt_of(performed.run.get("output")) if is_done else ""
        if doubt:
            self.doubtful.append(f"the rollback `{rollback.name}` ran, but {doubt}")
        result = UndoResult.RESTORED if is_done else UndoResult.FAILED
        self._tell(undo, result, decided_s, performed.reason or doubt)
        results.append(is_done)

    async def _set_back(self, undo: Undo, decided_s: float) -> bool:
        told = await self.stage.ask(undo.timeout_s, call="set_back", state=undo.state)
        result = UndoResult(told.get("result", UndoResult.FAILED))
        self._tell(undo, result, decided_s, told.get("problem", ""))
        return result is not UndoResult.FAILED

    def _tell(self, undo: Undo, result: UndoResult, decided_s: float, reason: str) -> None:
        took_s = round(self.journal.now_s - decided_s, 4)
        entry = Undone(id=undo.id, result=result, by="runner", attempts=1, took_s=took_s, reason=reason)
        self.journal.append_if_possible(entry)

    def _leave(self, reason: str) -> None:
        """As was asked for: nobody else takes it back either."""
        for undo in self.intended.values():
            self._tell(undo, UndoResult.FOREIGN, self.journal.now_s, reason)


def doubt_of(output: JsonValue) -> str:
    """What an exit code, or the status of an answer, says against a rollback; empty where nothing does."""
    if not isinstance(output, dict) or not isinstance(status := output.get("status"), int):
        return ""
    if "stderr" in output and status != 0:
        return f"its program ended with {status}"
    return f"it was answered with status {status}" if "headers" in output and status >= 400 else ""
