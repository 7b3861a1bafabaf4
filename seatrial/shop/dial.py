"""The fault dial: a known share of errors, so that a verdict can be held against the truth."""

import asyncio
import json
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Setting:
    """What the dial does to each business request."""

    error_share: float = 0.0
    """The probability of a 500."""
    delay_ms: float = 0.0
    """Waited before each request, failing or not."""
    burst: float = 1.0
    """1: each request on its own (Bernoulli). Above: errors come in runs of this mean length, at the
    same overall share (Gilbert's two-state chain; Gilbert 1960, Bell Syst. Tech. J. 39)."""
    seed: int | None = None
    """Start the dice anew; None: let them roll on."""

    def __post_init__(self) -> None:
        if not 0 <= self.error_share <= 1:
            raise ValueError(f"error_share must be 0 to 1, not {self.error_share}")
        if not 0 <= self.delay_ms <= 60_000:
            raise ValueError(f"delay_ms must be 0 to 60000, not {self.delay_ms}")
        if not 1 <= self.burst <= 1e6:
            raise ValueError(f"burst must be 1 to 1000000, not {self.burst}")
        if self.burst > 1 and self.error_share > self.burst / (1 + self.burst):
            raise ValueError(f"error_share {self.error_share} cannot be had with bursts of {self.burst}")


def parse(body: bytes) -> Setting:
    """Raises ValueError, with what is wrong."""
    fields = json.loads(body)
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    unknown = fields.keys() - {"error_share", "delay_ms", "burst", "seed"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number")
    seed = fields.pop("seed", None)
    return Setting(**{name: float(value) for name, value in fields.items()}, seed=seed)


class Dial:
    """Says of each request whether it fails, by its own seeded dice."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)
        self._setting = Setting()
        self._in_burst = False

    def set(self, setting: Setting) -> None:
        self._setting = setting
        if setting.seed is not None:
            self._random.seed(setting.seed)
        # The chain starts in its long-run mix, so that the share is right from the first request on.
        self._in_burst = self._random.random() < setting.error_share

    async def fails(self) -> bool:
        """Wait the set delay, then say whether this request is to fail."""
        if self._setting.delay_ms:
            await asyncio.sleep(self._setting.delay_ms / 1000)
        setting, draw = self._setting, self._random.random()
        if setting.burst == 1 or setting.error_share == 0:
            return draw < setting.error_share
        failed, share = self._in_burst, setting.error_share
        leave, enter = 1 / setting.burst, share / (setting.burst * (1 - share))
        self._in_burst = draw >= leave if failed else draw < enter
        return failed
