"""What runner, guardian and fuse say to each other: one line, one word, then what belongs to it."""

from typing import Final

BEAT: Final = b"beat"
"""Both ways: I am alive."""
ARM: Final = b"arm"
"""Runner to guardian, with an Undo: this is about to be injected."""
QUIT: Final = b"quit"
"""Runner to guardian: everything is undone and written; go."""
TAKE: Final = b"take"
"""Runner to guardian: an undo failed here and the journal is closed; finish it, I wait."""
READY: Final = b"ready"
"""Guardian to runner, with a GuardianReady: it listens, and has a fuse."""

FUSE_BEGIN: Final = b"b"
"""Runner to fuse: the guardian is ready, so from now on something may be injected. Whoever dies before this
has left nothing."""
FUSE_ARM: Final = b"a"
"""Runner to fuse, with seconds: from now on every fault must be gone within this time."""
FUSE_CALM: Final = b"c"
"""Runner to fuse: every fault is gone; there is no limit any more."""
FUSE_QUIT: Final = b"q"
"""Runner or guardian to fuse: the run is over."""

BEAT_EVERY_S: Final = 0.5
SILENCE_MAX_S: Final = 5.0
"""A side that is silent for this long is taken for dead, hung or stopped."""
LINE_BYTES_MAX: Final = 32 * 1024 * 1024
