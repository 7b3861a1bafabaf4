"""testing.marker: the recording action, for experiments of tests."""

from typing import ClassVar

from seatrial.testing.recording_action import RecordingAction


class Marker(RecordingAction):
    """Leaves a marker file for every target, and misbehaves as it is told to."""

    name: ClassVar[str] = "testing.marker"
