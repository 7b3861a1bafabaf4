"""What one shop is told at its start, and the command lines of its processes."""

import sys
from dataclasses import dataclass

TOKEN_VARIABLE = "SEATRIAL_SHOP_TOKEN"
"""Environment variable with the fault dial's token: not in argv, where everyone could read it."""

PARENT_VARIABLE = "SEATRIAL_SHOP_PARENT"
"""Environment variable with the pid a shop process must not outlive."""

TOKEN_HEADER = "x-shop-token"
"""Request header that must carry the token at `POST /dial`."""

REPLICAS_MAX = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """One shop. Every field but `port` ends up in the command lines as it is."""

    shop_id: str
    """Tells this shop's processes from another shop's on the same machine."""
    replicas: int = 3
    port: int = 0
    """Of the front; 0: a free one."""
    fragile: bool = False
    """A front without timeout, retry and health check."""
    dial: bool = False
    """Whether `POST /dial` exists."""
    seed: int = 1
    service_ms: float = 5.0
    """What a replica takes for one business request, within 20 %."""
    restart_delay_s: float = 0.5
    """From a child's death to its restart; doubled at each quick death in a row."""

    def __post_init__(self) -> None:
        if not 1 <= self.replicas <= REPLICAS_MAX:
            raise ValueError(f"replicas must be 1 to {REPLICAS_MAX}, not {self.replicas}")
        if not 0 <= self.service_ms <= 10_000:
            raise ValueError(f"service_ms must be 0 to 10000, not {self.service_ms}")
        if not 0 <= self.restart_delay_s <= 60:
            raise ValueError(f"restart_delay_s must be 0 to 60, not {self.restart_delay_s}")

    def supervisor_argv(self, *, die_with_thread: bool) -> list[str]:
        return [
            *_role("shop-supervisor"),
            *("--shop", self.shop_id, "--replicas", str(self.replicas), "--port", str(self.port)),
            *("--seed", str(self.seed), "--service-ms", str(self.service_ms)),
            *("--restart-delay-s", str(self.restart_delay_s)),
            *(["--fragile"] if self.fragile else []),
            *(["--dial"] if self.dial else []),
            *(["--die-with-thread"] if die_with_thread else []),
        ]

    def replica_argv(self, index: int, port: int) -> list[str]:
        return [
            *_role("shop-replica"),
            *("--index", str(index), "--port", str(port), "--shop", self.shop_id),
            *("--seed", str(self.seed), "--service-ms", str(self.service_ms)),
            *(["--dial"] if self.dial else []),
        ]

    def front_argv(self, port: int, upstream_ports: list[int]) -> list[str]:
        return [
            *_role("shop-front"),
            *("--port", str(port), "--shop", self.shop_id, "--seed", str(self.seed)),
            *("--upstreams", ",".join(map(str, upstream_ports))),
            *(["--fragile"] if self.fragile else []),
            *(["--dial"] if self.dial else []),
        ]


def _role(name: str) -> list[str]:
    # -P: a `json.py` in the user's folder must not become a replica's json.
    return [sys.executable, "-P", "-m", "seatrial.shop", name]
