"""testing.asking: the recording action, as one that only asks others over the network."""

from typing import ClassVar

from seatrial.testing.recording_action import RecordingAction


class Asking(RecordingAction):
    """Many targets at once in one worker."""

    name: ClassVar[str] = "testing.asking"
    only_asks: ClassVar[bool] = True
