"""The moments of a run, and what can befall it at each of them."""

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import JsonValue

Role = Literal["runner", "guardian", "fuse"]


@dataclass(frozen=True)
class Step:
    """A moment of a run: before or after the n-th line of a kind is written to its journal."""

    kind: str
    nth: int = 1
    when: Literal["before", "after"] = "before"

    def __str__(self) -> str:
        return f"{self.when}-{self.kind}" + (f"-{self.nth}" if self.nth > 1 else "")


STEPS: Final = (
    Step("run_started", when="after"),
    *(Step("phase_started", nth) for nth in (1, 2)),
    Step("guardian_ready"),
    Step("guardian_ready", when="after"),
    Step("stage_started"),
    Step("intended"),
    Step("intended", when="after"),
    Step("applied"),
    Step("applied", when="after"),
    Step("effect_checked", when="after"),
    Step("phase_started", 4),
    Step("undo_started", when="after"),
    Step("undone"),
    Step("undone", when="after"),
    Step("phase_started", 5, when="after"),
    Step("recovered"),
    Step("run_ended"),
    Step("run_ended", when="after"),
)
"""Every step of a run with one fault in one stage; steps that are neighbours in time stand once."""


def kill_at(
    step: Step, roles: Iterable[Role], number: signal.Signals = signal.SIGKILL
) -> dict[str, JsonValue]:
    """Signal these processes of the run at a step; the runner, where it is one of them, last."""
    ordered: list[JsonValue] = [role for role in ("fuse", "guardian", "runner") if role in set(roles)]
    return {**_moment(step), "signal": int(number), "roles": ordered}


def fail_at(step: Step, errno: int) -> dict[str, JsonValue]:
    """From this step on, nothing can be written to the journal."""
    return {**_moment(step), "errno": errno}


def _moment(step: Step) -> dict[str, JsonValue]:
    return {"kind": step.kind, "nth": step.nth, "when": step.when}
