"""The stage of a run: the worker on which activities are performed, one after the other, with their controls.

Foreground activities and all controls share one worker, so what they leave in memory is there for the next.
A background activity has a worker of its own. One that has to be killed is replaced, warm, in milliseconds.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

import anyio
import anyio.abc

from seatrial.errors import Refused
from seatrial.journal.entries import Noted, Process, ProcessStarted, StopKind
from seatrial.journal.script_entries import Performed, Section
from seatrial.journal.scrub import SECRET
from seatrial.journal.writer import JournalWriter
from seatrial.model.record import JsonValue
from seatrial.run.stop import StopSwitch
from seatrial.targets.process import identify
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.outcome import Outcome
from seatrial.toolkit.performed import cut_short, now, performing, run_of
from seatrial.toolkit.provider import GRACE_S
from seatrial.toolkit.reading import ToolkitFile
from seatrial.toolkit.row import ENDING, Row, Step, Told
from seatrial.toolkit.worker import Worker, Workers, not_started, workers_of

CONTROL_TIMEOUT_S: Final = 60.0
"""How long the controls of one moment may take."""
_HYPOTHESIS = (Section.BEFORE, Section.DURING, Section.AFTER)


@dataclass(frozen=True)
class Facts:
    """What is known once configuration and secrets are read."""

    title: str
    configuration: dict[str, JsonValue]
    timing: Mapping[str, list[dict[str, Any]]]

    def of(self, section: Section, index: int) -> dict[str, Any]:
        """Pauses and timeout of an activity, with `${name}` put in."""
        return self.timing["hypothesis" if section in _HYPOTHESIS else section][index]


class Stage:
    """Performs activities and writes them down."""

    def __init__(self, file: ToolkitFile, journal: JournalWriter, stop: StopSwitch) -> None:
        self.file = file
        self._journal = journal
        self._stop = stop
        self._workers: Workers | None = None
        self._main: Worker | None = None
        self._beside: anyio.abc.TaskGroup | None = None
        self._turn = anyio.Lock(fast_acquire=True)
        self.facts = Facts("", {}, {})

    async def open(self, stack: AsyncExitStack, beside: anyio.abc.TaskGroup) -> None:
        """Read configuration and secrets, then have a worker; raises Refused where that is not possible."""
        self._beside = beside
        self._workers = await stack.enter_async_context(workers_of(self.file.root))
        told = await self._asked(self._workers.first, call="configure")
        if "problem" in told:
            raise Refused(f"configuration or secrets: {told['problem']}", "nothing was touched")
        self._journal.hide({SECRET + name: value for name, value in told["secrets"].items()})
        for text in told["warnings"]:
            self.note(text)
        for name in told["missing"]:
            self.note(f"`configuration.{name}` could not be had from its probe: `${{{name}}}` stays as it is")
        self.facts = Facts(told["title"], told["configuration"], told["timing"])
        await self._workers.settle()
        await self.main()

    async def fork(self) -> Worker:
        """Another worker that knows the experiment; the journal has its session, to be ended whoever dies."""
        assert self._workers is not None
        try:
            worker = await self._workers.fork()
        except OSError as error:
            raise not_started(error) from None
        process = Process.of(identify(worker.hand.pid))
        self._journal.append_if_possible(ProcessStarted(role="worker", process=process))
        return worker

    async def main(self) -> Worker:
        """The worker of the foreground: a new one where the last had to be killed."""
        if self._main is None or self._main.is_gone:
            self._main = await self.fork()
            if self._beside is not None:
                self._beside.start_soon(self._watch, self._main)
        return self._main

    async def _watch(self, worker: Worker) -> None:
        """A control's thread may end its process at any time, as `exit_gracefully` does."""
        await worker.hand.process.ended()
        if not worker.is_gone:
            self._stop.turn(
                StopKind.ENVIRONMENT, "an activity or a control ended the run: its process is gone"
            )

    def note(self, text: str) -> None:
        """Tell something that decides nothing."""
        self._journal.append_if_possible(Noted(text=text))

    async def _asked(self, worker: Worker, timeout_s: float | None = None, **call: Any) -> dict[str, Any]:
        try:
            return await worker.ask({"verb": "experiment", **call}, timeout_s)
        except (TimeoutError, EOFError) as error:
            return {"problem": str(error) or f"no answer within {timeout_s:g} s"}

    async def ask(self, timeout_s: float = CONTROL_TIMEOUT_S, **call: Any) -> dict[str, Any]:
        """One call on the worker of the foreground, when it is free."""
        async with self._turn:
            return await self._asked(await self.main(), timeout_s, **call)

    async def control(
        self, level: str, scope: str, state: Any = None, section: Section | None = None, index: int = 0
    ) -> dict[str, Any]:
        """Call the controls of a moment; one that interrupts stops the run. Answers the state they left."""
        if not self.file.has_controls:
            return {"state": state}
        call: dict[str, Any] = {"level": level, "scope": scope, "state": state}
        call |= {"section": section, "index": index} if section is not None else {}
        told = await self.ask(call="control", **call)
        if "interrupt" in told:
            self._stop.turn(StopKind.ENVIRONMENT, f"a control ended the run: {told['interrupt']}")
        if failed := told.get("failed") or told.get("problem"):
            self.note(f"a control failed {scope} the {level}: {failed}")
        return {"state": state, **told}

    async def perform(
        self,
        section: Section,
        index: int,
        activity: Activity,
        *,
        background: bool = False,
        on: Worker | None = None,
        within_s: float | None = None,
    ) -> Performed:
        """One activity with its pauses and controls.

        `on`: another worker than that of the foreground. `within_s`: for one that has no deadline of its own.
        """
        timing = self.facts.of(section, index)
        dry = self._is_dry(activity)
        told = await self.control("activity", "before", None, section, index)
        await self._pause(timing["before"], dry=dry)
        self._journal.append_if_possible(performing(section, index, activity, background=background))
        request = {
            "verb": "experiment",
            "call": "perform",
            "section": section,
            "index": index,
            "dry": dry,
            "judge": section in _HYPOTHESIS,
            "activity": told.get("activity") if background or on else None,
        }
        deadline_s = _deadline_s(activity, timing["timeout"]) or within_s
        start = now()
        try:
            outcome = await self._outcome(request, deadline_s, on, background=background)
        except anyio.get_cancelled_exc_class():
            self._journal.append_if_possible(cut_short(section, index, activity, start))
            raise
        run = run_of(outcome, activity, start)
        await self._pause(timing["after"], dry=dry)
        run = (await self.control("activity", "after", run, section, index))["state"]
        performed = Performed(section=section, index=index, run=run, reason=outcome.reason)
        self._journal.append_if_possible(performed)
        self._heed(activity, outcome)
        return performed

    def is_plain(self, section: Section, index: int, activity: Activity) -> bool:
        """Whether nothing goes on before, beside and after it: no control, no pause, no deadline."""
        timing = self.facts.of(section, index)
        waits = timing["before"] or timing["after"] or _deadline_s(activity, timing["timeout"]) is not None
        return not (self.file.has_controls or waits or self._is_dry(activity))

    async def row(self, section: Section, steps: Sequence[Step], told: Told) -> None:
        """Plain activities, one after the other: the worker does not wait for the runner between them."""
        row = Row(section, steps, self._journal, told, self._heed)
        row.begin()
        try:
            async with self._turn:
                await (await self.main()).row(row.request, len(steps), row.took)
        except anyio.get_cancelled_exc_class():
            row.cut_short()
            raise

    def _heed(self, activity: Activity, outcome: Outcome) -> None:
        if outcome.status in ENDING:
            self._stop.turn(StopKind.ENVIRONMENT, f"`{activity.name}` ended the run: {outcome.reason}")
        for text in outcome.warnings:
            self.note(text)

    async def _outcome(
        self, request: dict[str, Any], deadline_s: float | None, on: Worker | None, *, background: bool
    ) -> Outcome:
        if on is not None:
            return await on.outcome(request, deadline_s)
        if not background:
            async with self._turn:
                return await (await self.main()).outcome(request, deadline_s)
        worker = await self.fork()
        try:
            return await worker.outcome(request, deadline_s)
        finally:
            worker.close()

    def _is_dry(self, activity: Activity) -> bool:
        dry = self.file.options.dry if "dry" not in activity.document else None
        return dry in ("activities", f"{activity.type}s")

    async def _pause(self, pause_s: Any, *, dry: bool) -> None:
        if isinstance(pause_s, int | float) and pause_s > 0 and not dry and self.file.options.dry != "pause":
            await anyio.sleep(pause_s)


def _deadline_s(activity: Activity, timeout: Any) -> float | None:
    """Of its own timeout and its provider's, the earliest; both hold, whatever the provider does.

    `timeout`: the provider's, with `${name}` put in.
    """
    if isinstance(getattr(activity.provider, "timeout", None), str) and isinstance(timeout, int | float):
        limits = [limit for limit in (activity.timeout, timeout + GRACE_S) if limit is not None]
        return min(limits)
    return activity.deadline_s()
