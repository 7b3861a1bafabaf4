"""What the faults of gRPC share, beside what all faults of the proxy do: which calls they hit."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from seatrial.model.fields import Share
from seatrial.proxy.http_proxying import RequestProxying
from seatrial.targets.pattern import Pattern


class GrpcProxying(RequestProxying):
    """A fault that hits calls; put it before `Action` and say `kind` and `settings`."""

    libraries: ClassVar[tuple[str, ...]] = ("h11", "hpack", "hyperframe")

    path: Pattern | None = None
    """A regular expression, searched in the path of calls: `^/shop.Cart/Add$`; without it all."""
    share: Share = Field(default=1.0, gt=0)
    """The share of the calls that is hit, by chance, among those with such a path."""


class GrpcStatusCode(StrEnum):
    """How a call failed: https://grpc.io/docs/guides/status-codes/, without `OK`."""

    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    ABORTED = "ABORTED"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    INTERNAL = "INTERNAL"
    UNAVAILABLE = "UNAVAILABLE"
    DATA_LOSS = "DATA_LOSS"
    UNAUTHENTICATED = "UNAUTHENTICATED"

    @property
    def code(self) -> int:
        """As it is sent: from 1."""
        return 1 + list(GrpcStatusCode).index(self)
