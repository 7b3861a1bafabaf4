"""What the faults of HTTP share, beside what all faults of the proxy do: which requests they hit."""

from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, Field, StringConstraints

from seatrial.model.fields import Share
from seatrial.net.access import HeaderName, HeaderValue
from seatrial.proxy.control import Message
from seatrial.proxy.proxying import Proxying
from seatrial.targets.pattern import Pattern

_OF_FRAMING: Final = frozenset(
    {"connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)

Method = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z-]{0,31}$")]
"""`GET`, `POST`."""


def _is_content(name: str) -> str:
    if name.lower() in _OF_FRAMING:
        raise ValueError(f"{name} says where messages begin and end, which has to stay right")
    return name


ContentHeader = Annotated[HeaderName, AfterValidator(_is_content)]
"""A header that may be changed without a message losing its frame."""
ContentHeaders = dict[ContentHeader, HeaderValue]


class RequestProxying(Proxying):
    """A fault that hits what is asked, and not the connections that carry it."""

    path: Pattern | None = None
    """A regular expression, searched in the path with its query: only requests that it matches."""

    def fault(self) -> dict[str, Any]:
        return {**super().fault(), "path": self.path or ""}

    def _unable(self, said: Message) -> str | None:
        return None if said["http"] else f"the proxy at {self.proxy} reads no HTTP: start it with --http"


class HttpProxying(RequestProxying):
    """A fault that hits requests; put it before `Action` and say `kind` and `settings`."""

    libraries: ClassVar[tuple[str, ...]] = ("h11",)

    methods: tuple[Method, ...] = ()
    """Only requests with these methods; without it all."""
    share: Share = Field(default=1.0, gt=0)
    """The share of the requests that is hit, by chance, among those with such a method and path."""

    def fault(self) -> dict[str, Any]:
        return {**super().fault(), "methods": self.methods}
