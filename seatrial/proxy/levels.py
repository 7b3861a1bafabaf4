"""What a redirect needs of the kernel: that it can, and a level among those that are there.

Two proxies on one connection come one after the other, by their levels.
"""

import ctypes
import re
from functools import cache

from seatrial.kernel import programs
from seatrial.proxy.nftables import LIBRARY
from seatrial.proxy.own_table import LEVELS, MARK

_TRIED = """add table inet t { flags owner; }
add chain inet t c { type nat hook output priority -149; }
add rule inet t c tcp dport 1 redirect to :2"""


@cache
def missing_redirect() -> list[str]:
    """What this machine lacks for one; tried once, in a network namespace that ends with the try."""
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return [f"the library {LIBRARY}"]
    tried = programs.run(None, "unshare", "--net", "nft", _TRIED)
    if tried.ok or tried.status is None:  # a machine that is too slow to try lacks nothing: apply tells
        return []
    return ["nftables that redirects and has tables with an owner: Linux 5.12 or newer"]


def free_level(namespace: str | None, lease: str) -> int:
    """One that nobody has; where all are taken, one by the lease, and then the older fault alone bites."""
    first = programs.digest(lease) % LEVELS
    taken = _taken(namespace)
    levels = [1 + (first + step) % LEVELS for step in range(LEVELS)]
    return next((level for level in levels if level not in taken), levels[0])


def _taken(namespace: str | None) -> set[int]:
    listed = programs.run(namespace, "nft", "--stateless", "list ruleset inet")
    marks = re.findall(r"meta mark (?:0x)?([0-9a-f]+)-0x[0-9a-f]+ accept", listed.stdout)
    return {level for mark in marks if 0 < (level := int(mark, 16) - MARK) <= LEVELS}
