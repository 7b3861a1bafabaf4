"""A set of nftables that empties itself: rules that ask it stop to match when nobody renews it.

Needs the standard library alone, for the processes that hold a redirect import it.
"""

import math
from typing import Final

LIVES_S: Final = 3.0
"""How long rules go on after they were last renewed."""
RENEWED_EVERY_S: Final = 1.0


def elements(lives_s: float) -> str:
    """All packets, in the set `live`, for so long."""
    left = f"timeout {math.ceil(lives_s * 1000)}ms"
    return f"{{ ipv4 {left}, ipv6 {left} }}"


def renewal(table: str, lives_s: float) -> str:
    """One transaction that keeps the table's set alive, also where it has lapsed already.

    Older kernels do not refresh what is added again, so it is taken out before; no packet sees it gone.
    """
    name = f"inet {table} live"
    return f"flush set {name}; add element {name} {elements(lives_s)}"
