"""http.drop: requests that get no answer."""

from typing import Any, ClassVar, Literal

from seatrial.api import Action, HostTarget, HttpProxying, Proxied


class HttpDrop(HttpProxying, Action[HostTarget, Proxied]):
    """Resets the connection in the place of an answer: a server that crashes at work."""

    name: ClassVar[str] = "http.drop"
    kind: ClassVar[str] = "http.drop"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    lost: Literal["request", "answer"] = "request"
    """`request`: the server never hears of it; `answer`: it has done its work, and nobody knows."""

    def settings(self) -> dict[str, Any]:
        return {"lost": self.lost}
