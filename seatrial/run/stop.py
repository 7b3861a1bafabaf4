"""The decision to end a run early: made once, by whoever comes first."""

from collections.abc import Callable

import anyio

from seatrial.journal.entries import StopKind, Stopped


class StopSwitch:
    """Turned by a guard, a signal, the guardian's death; cancels whatever must not go on."""

    def __init__(self) -> None:
        self.decision: Stopped | None = None
        self.decided_s = 0.0
        self._written_down = False
        self._clock: Callable[[], float] = lambda: 0.0
        self._scopes: list[anyio.CancelScope] = []
        self.waiting: anyio.CancelScope | None = None
        """What a later signal may cut short: the wait for recovery, never an undo."""

    def use_clock(self, clock: Callable[[], float]) -> None:
        """The run's time; known once its journal is there."""
        self._clock = clock

    def turn(self, why: StopKind, reason: str) -> bool:
        """Decide to stop; False where that was decided before."""
        if self.decision is not None:
            return False
        self.decided_s = self._clock()
        self.decision = Stopped(why=why, reason=reason)
        for scope in self._scopes:
            scope.cancel()
        return True

    def write_down(self, append: Callable[[Stopped], object]) -> None:
        """Have the decision in the journal, once, whenever it came."""
        if self.decision is not None and not self._written_down:
            self._written_down = True
            append(self.decision)

    def patience(self, for_s: float) -> anyio.CancelScope:
        """A scope that ends in time, and at a signal that comes now; take `waiting` back after it."""
        within = anyio.CancelScope(deadline=anyio.current_time() + for_s)
        self.waiting = within
        return within if self.decision is not None else self.watch(within)

    @property
    def was_asked(self) -> bool:
        """True when a person wants this run to end, and not to wait for recovery."""
        return self.decision is not None and self.decision.why in (StopKind.INTERRUPT, StopKind.HALT)

    def guard(self) -> anyio.CancelScope:
        """A scope that ends when the run is stopped, at once where it has been."""
        return self.watch(anyio.CancelScope())

    def watch(self, scope: anyio.CancelScope) -> anyio.CancelScope:
        """End this scope when the run is stopped."""
        if self.decision is not None:
            scope.cancel()
        self._scopes.append(scope)
        return scope
