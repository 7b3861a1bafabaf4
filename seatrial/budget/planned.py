"""The budget of a plan: what it stands at, what the run may take of it, and whether it may run for that."""

from seatrial.budget.burn import Burn
from seatrial.budget.standing import Standing
from seatrial.model.record import Record
from seatrial.model.units import format_duration, format_share


class PagePart(Record):
    """A burn alert that the run would set off."""

    pair: str
    after_s: float
    """From the first injection."""


class Approval(Record):
    """An exception of a policy: who let this very plan run against its budget, and why."""

    plan: str
    by: str
    reason: str
    until: str
    """ISO 8601."""


class PlannedBudget(Record):
    """As it was when the plan was made. It is no part of the plan's hash, for it changes by itself."""

    sli: str
    keep: float
    """At least this share has to be left."""
    cap: float | None
    """At most this share may be planned."""
    spend_max: float | None = None
    """A guard stops the run when it has surely spent more than this share."""
    slice_s: float = 0.0
    """The length of a slice; 0 where events are counted."""
    slice_at_least: float = 0.0
    """The share of good events that makes a slice good."""
    standing: Standing
    burns: tuple[Burn, ...] = ()
    planned: float | None = None
    """The share that the faults cost at the worst; None: unknown."""
    pages: tuple[PagePart, ...] = ()
    exhausted_in_s: float | None = None
    """As fast as it goes without this run; None: not within the window."""
    blocks: tuple[str, ...] = ()
    """Why the budget forbids this run."""
    approval: Approval | None = None

    @property
    def guard_text(self) -> str:
        """For people: `budget_spent <= 2 %`."""
        return f"budget_spent <= {format_share(self.spend_max or 0.0)}"

    @property
    def refusals(self) -> tuple[str, ...]:
        """What still forbids it."""
        return () if self.approval is not None else self.blocks

    def lines(self) -> list[str]:
        """For people."""
        now = self.standing
        left = format_share(now.remaining) if now.remaining is not None else f"unknown: {now.unknown}"
        told = [f"left {left}, to be kept {format_share(self.keep)}"]
        if now.note:
            told.append(now.note)
        if self.planned is not None:
            cap = f", cap {format_share(self.cap)}" if self.cap is not None else ""
            told.append(f"this run costs at most {format_share(self.planned)}{cap}")
        if self.spend_max is not None:
            told.append(f"stops unless {self.guard_text}")
        told += [f"burns: {burn.pair}" for burn in self.burns if burn.fires]
        told += [
            f"would page after {format_duration(page.after_s)} of the worst: {page.pair}"
            for page in self.pages
        ]
        if self.exhausted_in_s is not None:
            told.append(f"gone in {format_duration(self.exhausted_in_s)} if it goes on like this")
        if self.approval is not None:
            told += [f"forbidden: {reason}" for reason in self.blocks]
            told.append(f"approved by {self.approval.by} until {self.approval.until}: {self.approval.reason}")
        return told
