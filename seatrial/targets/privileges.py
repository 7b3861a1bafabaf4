"""What this process is allowed to: the kernel's capabilities by their names."""

import re
from pathlib import Path
from typing import Final

_NUMBER: Final = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_FOWNER": 3,
    "CAP_KILL": 5,
    "CAP_NET_ADMIN": 12,
    "CAP_SYS_ADMIN": 21,
    "CAP_SYS_NICE": 23,
    "CAP_SYS_RESOURCE": 24,
}
"""As in linux/capability.h."""


def missing(*names: str) -> list[str]:
    """Those of these capabilities that this process does not have."""
    found = re.search(r"^CapEff:\s+([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found, "Linux tells CapEff of every process"
    own = int(found[1], 16)
    return [name for name in names if not own >> _NUMBER[name] & 1]
