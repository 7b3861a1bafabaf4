"""grpc.status: calls that are answered with an error."""

from typing import Any, ClassVar

from seatrial.api import Action, Field, GrpcProxying, GrpcStatusCode, HostTarget, Proxied


class GrpcStatus(GrpcProxying, Action[HostTarget, Proxied]):
    """Answers calls in the server's place: an overload, a deployment that went wrong.

    The server never hears of them.
    """

    name: ClassVar[str] = "grpc.status"
    kind: ClassVar[str] = "grpc.status"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    status: GrpcStatusCode
    """The status of the answer: `UNAVAILABLE`, `DEADLINE_EXCEEDED`, `RESOURCE_EXHAUSTED`; any but `OK`."""
    message: str = Field(default="", max_length=1024)
    """What is said beside it."""

    def settings(self) -> dict[str, Any]:
        return {"code": self.status.code, "message": self.message}
