"""Guards: when to stop a run, looked at with every reading.

    ratios            EProcess      a stated chance of a false stop over the whole run
    values, checks    Consecutive   so many misses in a row
    nothing seen      Blind         blindness itself is a breach after a while

Plain Python without numpy, for these run in the runner's loop. A breach is never forgotten.
"""

BETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.95)
"""Shares of the stake bet on "worse than the limit"; all below 1, so that no second can lose everything."""
FALSE_STOP = 0.01
"""The chance of stopping a run that is at its limit, over all looks of the run and all its guards."""
_AT_ONCE = 0.5
"""The share of the stake bet from the first second on; the rest waits for later starts."""


def split_alpha(alpha: float, guards: int) -> float:
    """Each guard's chance of a false stop, so that all together have at most `alpha` (Bonferroni)."""
    if guards < 1:
        raise ValueError(f"{guards} guards cannot share a chance of {alpha}")
    return alpha / guards


class EProcess:
    """Stops when the bad share is surely above its limit.

    A game against "the share is at most the limit": with y the bad share of a second, a bet of c turns the
    stake into stake * (1 + c (y - limit) / limit), which cannot grow in the mean unless the share is above
    the limit. So a wealth of 1/alpha is reached by a system at its limit with a chance of at most alpha,
    however often one looks and however the events within a second hang together (Ville 1939; Waudby-Smith
    and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024).

    Half the stake is bet at once, spread over `BETS`. The rest goes to "it is worse from second s on", in
    parts of 1/(s(s+1)), so that healthy seconds before a fault bites do not use up the stake.
    """

    __slots__ = ("_stakes", "_wealth", "alpha", "breached", "limit", "seconds")

    def __init__(self, limit: float, alpha: float = FALSE_STOP) -> None:
        """Guard a bad share of at most `limit`, with a chance of at most `alpha` to stop falsely.

        A limit of 0 breaks with the first bad event. ValueError: a limit outside [0, 1), an alpha outside
        (0, 1).
        """
        if not 0 <= limit < 1:
            raise ValueError(f"a limit of {limit} is not a share from 0 to below 1")
        if not 0 < alpha < 1:
            raise ValueError(f"alpha {alpha} is not a chance between 0 and 1")
        self.limit = limit
        self.alpha = alpha
        self.breached = False
        self.seconds = 0
        self._stakes = [_AT_ONCE / len(BETS)] * len(BETS)
        self._wealth = 1.0

    @property
    def evidence(self) -> float:
        """The wealth, at least 0: so many times likelier than by chance is "above the limit"."""
        return self._wealth

    def update(self, bad: int, total: int) -> bool:
        """Take one second's events; True from the first breach on. A second without events is no evidence.

        A few microseconds. ValueError: more bad events than events.
        """
        if not 0 <= bad <= total:
            raise ValueError(f"{bad} bad of {total} events")
        if self.breached or not total:
            return self.breached
        self.seconds += 1
        if self.limit:
            self._bet(bad / total / self.limit - 1)
        elif bad:
            self._wealth = float("inf")
        self.breached = self._wealth * self.alpha >= 1
        return self.breached

    def _bet(self, excess: float) -> None:
        """Play one second; `excess` is -1 for no bad event, 0 at the limit.

        No overflow, for the game ends at 1/alpha; a stake that has gone to nothing is fed again each second.
        """
        start = (1 - _AT_ONCE) / (self.seconds * (self.seconds + 1)) / len(BETS)
        self._stakes = [
            (stake + start) * (1 + bet * excess) for stake, bet in zip(self._stakes, BETS, strict=True)
        ]
        self._wealth = sum(self._stakes) + (1 - _AT_ONCE) / (self.seconds + 1)


class Consecutive:
    """Stops after so many known readings in a row that missed; an unknown one neither counts nor clears."""

    __slots__ = ("_missed", "breached", "count")

    def __init__(self, count: int = 3) -> None:
        """ValueError: a count below 1."""
        if count < 1:
            raise ValueError(f"{count} readings in a row is not a rule")
        self.count = count
        self.breached = False
        self._missed = 0

    def update(self, met: bool | None) -> bool:
        """Take one reading (None: unknown); True from the first breach on."""
        if met is not None:
            self._missed = 0 if met else self._missed + 1
        self.breached = self.breached or self._missed >= self.count
        return self.breached


class Blind:
    """Stops when nothing was seen for `after_s` seconds. The caller brings the time: a monotonic one."""

    __slots__ = ("_seen_at_s", "after_s", "breached")

    def __init__(self, after_s: float, now_s: float) -> None:
        """Start the wait at `now_s`. ValueError: a wait that is not above 0."""
        if after_s <= 0:
            raise ValueError(f"blindness after {after_s} s is not a rule")
        self.after_s = after_s
        self.breached = False
        self._seen_at_s = now_s

    def update(self, now_s: float, seen: bool) -> bool:
        """Take one look at `now_s`; True from the first breach on. A late look that sees is no breach."""
        if seen:
            self._seen_at_s = now_s
        self.breached = self.breached or now_s - self._seen_at_s >= self.after_s
        return self.breached
