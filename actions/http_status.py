"""http.status: requests that are answered with an error."""

from typing import Any, ClassVar

from seatrial.api import (
    Action,
    ContentHeaders,
    Field,
    HostTarget,
    HttpProxying,
    Proxied,
    model_validator,
)

BODILESS = (204, 304)


class HttpStatus(HttpProxying, Action[HostTarget, Proxied]):
    """Answers requests in the server's place: an overload, a deployment that went wrong.

    The server never hears of them.
    """

    name: ClassVar[str] = "http.status"
    kind: ClassVar[str] = "http.status"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    status: int = Field(ge=200, le=599)
    """The status of the answer."""
    body: str = Field(default="", max_length=65536)
    """Its body."""
    headers: ContentHeaders = Field(default_factory=dict)
    """Its headers, beside those that its body needs: `Retry-After: "5"`."""

    @model_validator(mode="after")
    def _has_a_body(self) -> "HttpStatus":
        if self.body and self.status in BODILESS:
            raise ValueError(f"an answer with status {self.status} has no body")
        return self

    def settings(self) -> dict[str, Any]:
        return {"status": self.status, "body": self.body, "headers": self.headers}
