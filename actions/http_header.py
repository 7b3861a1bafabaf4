"""http.header: headers that are missing, or say something else."""

from typing import Any, ClassVar, Literal

from seatrial.api import (
    Action,
    ContentHeader,
    ContentHeaders,
    Field,
    HostTarget,
    HttpProxying,
    Proxied,
    model_validator,
)


class HttpHeader(HttpProxying, Action[HostTarget, Proxied]):
    """Sets and removes headers: a token that has expired, a cache that may not keep, a lost trace."""

    name: ClassVar[str] = "http.header"
    kind: ClassVar[str] = "http.header"
    needs: ClassVar[str] = "CAP_NET_ADMIN, or a `proxy`"

    set: ContentHeaders = Field(default_factory=dict, repr=False)
    """Headers and their values; those that are there already are replaced."""
    remove: tuple[ContentHeader, ...] = ()
    """Names of headers to take away."""
    of: Literal["answer", "request"] = "answer"
    """Whether those of the `answer` or of the `request`."""

    @model_validator(mode="after")
    def _changes_something(self) -> "HttpHeader":
        if not self.set and not self.remove:
            raise ValueError("write `set` or `remove`")
        return self

    def settings(self) -> dict[str, Any]:
        return {"set": self.set, "remove": self.remove, "of": self.of}
