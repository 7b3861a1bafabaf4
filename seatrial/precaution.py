"""A precaution: taken before the first fault and lifted after recovery, so that a run disturbs nobody.

    take ─▶ faults, undo, recovery ─▶ still needed? ─▶ no: undo        its key at the top of the experiment
                                            └─ yes, for `patience`: left to its own end

It breaks nothing, so it counts to no blast radius and to no fault's window. Its end is another promise than a
fault's: what comes too early does the harm that it was to prevent.
"""

from abc import abstractmethod
from typing import Generic

from pydantic import Field

from seatrial.action import Action, StateT, TargetT
from seatrial.lifting import Lifting
from seatrial.model.fields import Duration


class Precaution(Action[TargetT, StateT], Generic[TargetT, StateT]):
    """An action with a top-level key of the experiment that is its name, a list of which each is one.

    What it does not say itself, of keys that the experiment has too, is taken from there. It has to end by
    itself `patience` after the lease at the latest.
    """

    quiet: Duration = Field(default=15.0, ge=0)
    """For how long it must not have been needed any more before it is lifted."""
    patience: Duration = Field(default=300.0, ge=0)
    """How long after recovery that is waited for at the most; then it is left to end by itself."""

    @abstractmethod
    def subject(self) -> TargetT:
        """What it is taken on."""

    @abstractmethod
    def still_needed(self, target: TargetT, state: StateT) -> str:
        """Why it must not be lifted yet, in words; empty: it may be. FaultError: nobody can tell."""

    @abstractmethod
    def ends_by_itself(self, state: StateT) -> str:
        """When it does, for people."""

    @property
    def lifting(self) -> Lifting:
        return Lifting(quiet_s=self.quiet, patience_s=self.patience)
