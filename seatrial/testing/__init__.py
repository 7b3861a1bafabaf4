"""Public fakes and test kits: for our own tests and for those of teams.

ActionConformance   a test class that proves an action: derive from it
RecordingAction     an action that leaves marker files, and misbehaves as it is told to
ScriptedProbe       a probe that says what it is told to, hangs or breaks
"""

from typing import TYPE_CHECKING, Any

from seatrial.testing.recording_action import RecordingAction
from seatrial.testing.scripted_probe import ScriptedProbe

if TYPE_CHECKING:
    from seatrial.testing.conformance import ActionConformance

__all__ = ["ActionConformance", "RecordingAction", "ScriptedProbe"]


def __getattr__(name: str) -> Any:
    """The conformance kit needs pytest, which an experiment with a scripted probe does not."""
    if name == "ActionConformance":
        from seatrial.testing.conformance import ActionConformance

        return ActionConformance
    raise AttributeError(f"seatrial.testing has no {name}")
