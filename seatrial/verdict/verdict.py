"""The verdict on a run: a pure function of its record."""

from enum import StrEnum
from typing import Final

from seatrial.journal.entries import Phase
from seatrial.model.record import Record
from seatrial.verdict.decision import Decision
from seatrial.verdict.status import Status


class Outcome(StrEnum):
    """What is said of a run."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    UNDO_INCOMPLETE = "undo incomplete"
    INTERRUPTED = "interrupted"


EXIT_CODES: Final = {
    Outcome.PASSED: 0,
    Outcome.FAILED: 1,
    Outcome.INCONCLUSIVE: 4,
    Outcome.UNDO_INCOMPLETE: 5,
    Outcome.INTERRUPTED: 130,
}


class ObjectiveVerdict(Record):
    """One objective in one phase."""

    sli: str
    phase: Phase
    """Baseline, fault or recovery."""
    objective: str
    decision: Decision

    @property
    def status(self) -> Status:
        return self.decision.status


class Verdict(Record):
    """The outcome with everything it rests on."""

    outcome: Outcome
    headline: str
    """One sentence: what happened and why that is the outcome."""
    reasons: tuple[str, ...]
    """Every reason, the weightiest first."""
    objectives: tuple[ObjectiveVerdict, ...]
    next_steps: tuple[str, ...]
    """What to do now."""

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.outcome]

    def of(self, sli: str, phase: Phase) -> ObjectiveVerdict | None:
        """The verdict on one SLI in one phase; None where that phase was not judged."""
        return next((o for o in self.objectives if o.sli == sli and o.phase is phase), None)
