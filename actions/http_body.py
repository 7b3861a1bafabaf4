"""http.body: answers that hold something else than they should."""

from typing import Any, ClassVar

from seatrial.api import Action, Field, HostTarget, HttpProxying, Proxied


class HttpBody(HttpProxying, Action[HostTarget, Proxied]):
    """Replaces the body of answers: an error page with status 200, JSON that is cut off.

    Status and headers stay, but for those that say how long the body is and how it is packed.
    """

    name: ClassVar[str] = "http.body"
    kind: ClassVar[str] = "http.body"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    body: str = Field(max_length=65536)
    """What is there instead."""

    def settings(self) -> dict[str, Any]:
        return {"body": self.body}
