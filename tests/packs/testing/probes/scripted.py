"""scripted: the scripted probe, for experiments of tests."""

from typing import ClassVar

from seatrial.testing.scripted_probe import ScriptedProbe


class Scripted(ScriptedProbe):
    """Says what a script or a file tells it to, hangs or breaks."""

    name: ClassVar[str] = "scripted"
