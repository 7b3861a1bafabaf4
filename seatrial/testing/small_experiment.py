"""The smallest experiment that says something of an action."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue

NO_PID: Final = 4194304
"""One above the highest that Linux gives: no process has it, so an SLI that counts it always holds."""


def small_experiment(
    action: str,
    targets: Mapping[str, JsonValue],
    arguments: Mapping[str, JsonValue] | None = None,
    *,
    hold_s: float = 0.8,
    baseline_s: float = 0.6,
    stages: Sequence[int | str] = (1,),
    **more: JsonValue,
) -> dict[str, JsonValue]:
    """A small experiment with one fault and an SLI that always holds; `more` replaces its keys."""
    return {
        "title": f"A try of {action}",
        "hypothesis": "It is undone whatever happens.",
        "slis": {
            "steady": {"process": {"pid": NO_PID}, "objective": "count == 0", "deviates_at": "1 of 1"},
        },
        "interval": "300 ms",
        "baseline": f"{baseline_s:g} s",
        "faults": [
            {
                "action": action,
                "with": dict(arguments or {}),
                "targets": dict(targets),
                "stages": list(stages),
                "for": f"{hold_s:g} s",
            }
        ],
        "blast_radius": {"max_targets": 1000, "max_share": "100%", "max_duration": "1 min"},
        "recover_within": "5 s",
        "settle": "300 ms",
        **more,
    }
