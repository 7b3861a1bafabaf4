"""What the engine and the shim inside Locust tell each other, as plain JSON.

    engine ── configuration, a file read once ──────▶ shim
    engine ◀── one or more messages a second, SEQPACKET ── shim, in every worker process

A name, a kind of error and a message are all of bounded size.
"""

from typing import Literal, NotRequired, TypedDict

FD_VARIABLE = "SEATRIAL_SHIM"
"""`socket fd:configuration fd:parent pid`, set for the Locust process."""

WIRE_VERSION = 1
"""A worker of another version refuses to take part."""

MESSAGE_BYTES_MAX = 256 * 1024
"""Above any message: a worker splits its second into parts well below this."""


class RequestConfig(TypedDict):
    """One entry of `requests:`."""

    method: str
    path: str
    name: str
    weight: int
    headers: dict[str, str]
    body: str | None
    json: object
    expect_status: list[int]


class OpenConfig(TypedDict):
    """The open model's schedule."""

    segments: list[tuple[float, float, float]]
    """rate from, rate to, seconds"""
    arrivals: Literal["constant", "poisson"]
    max_in_flight: int
    """In each worker."""


class ShimConfig(TypedDict):
    """Everything the shim needs to know."""

    workers: int
    worker: NotRequired[int]
    """Which of them this is, from 0, where Locust does not know: a pod of a Job."""
    seed: int
    user_classes: list[str]
    request_timeout_s: float
    clock_offset_s: float
    """Add to the monotonic clock to get the engine's seconds since the epoch: one grid for both."""
    open: OpenConfig | None
    requests: list[RequestConfig]
    host: str


class RequestCounts(TypedDict):
    """One request name in one second of one worker."""

    latency: str
    service: NotRequired[str]
    total: int
    failed: int
    errors: dict[str, int]


class Hello(TypedDict):
    """A worker process is there, or its load has started."""

    kind: Literal["hello", "started"]
    pid: int
    worker: str
    second: int


class Part(TypedDict):
    """A part of one worker's second; the last part carries everything but requests."""

    kind: Literal["part"]
    worker: str
    second: int
    requests: dict[str, RequestCounts]
    end: NotRequired["End"]


class End(TypedDict):
    """What a worker says about itself, once a second."""

    users: int
    in_flight: int
    oldest_ms: float
    dropped: int
    scheduled: int
    cpu_share: float
    lag_ms: float
    lost: int
    user_errors: dict[str, int]


Message = Hello | Part
