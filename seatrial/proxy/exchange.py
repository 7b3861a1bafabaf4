"""One request, its answer, and the faults that hit them."""

from typing import Final

import h11

from seatrial.proxy.faults import Fault
from seatrial.proxy.messages import BODILESS, own_answer, rewritten
from seatrial.proxy.pieces import Mark

_FRAMING: Final = ("Content-Length", "Transfer-Encoding", "Content-Encoding", "Trailer")


class Exchange:
    """What is known of a request when its head has come."""

    def __init__(self, request: h11.Request, faults: tuple[Fault, ...]) -> None:
        headers = {name: value.lower() for name, value in request.headers}
        self.method = request.method
        self._faults = faults
        self.own: bytes | Mark | None = None
        """What the client gets in the place of an answer; the server then never hears of the request."""
        self.complete = False
        """All of the request has come."""
        self.is_last = request.method == b"CONNECT" or b"upgrade" in headers
        """What follows it may be something else than HTTP."""
        self.closes = (
            self.is_last
            or request.http_version < b"1.1"
            or b"expect" in headers  # it waits to be told to go on, and will not be
            or b"close" in headers.get(b"connection", b"")
        )
        """After an answer of our own the connection is closed."""
        self.hides_body = False
        """The server's body has been replaced."""
        if faults:
            self._answer_in_place(waits=b"expect" in headers)

    @property
    def is_swallowing(self) -> bool:
        """Its request goes nowhere, and is still coming."""
        return self.own is not None and not self.complete

    @property
    def is_ready(self) -> bool:
        """Our own answer can be given."""
        return self.own is not None and self.complete

    def give_up(self) -> None:
        """The end of its request cannot be known any more."""
        self.complete = self.closes = True

    def hurry(self) -> None:
        """It need not be late any more."""
        self._faults = tuple(one for one in self._faults if one.kind != "http.latency")

    def of(self, kind: str, **settings: object) -> list[Fault]:
        """The faults of a kind that hit it, with these settings."""
        return [
            one
            for one in self._faults
            if one.kind == kind and all(one.settings[key] == value for key, value in settings.items())
        ]

    def delay_s(self, of: str) -> float:
        """How much later its request goes on, or its answer."""
        return sum(fault.delay_s() for fault in self.of("http.latency", of=of))

    def request_head(self, head: bytes) -> bytes:
        """As the server gets it."""
        for fault in self.of("http.header", of="request"):
            head = rewritten(head, fault.settings["remove"], fault.settings["set"])
        return head

    def answer_head(self, head: bytes, status: int) -> bytes:
        """As the client gets it; with all of the body where that is replaced."""
        for fault in self.of("http.header", of="answer"):
            head = rewritten(head, fault.settings["remove"], fault.settings["set"])
        bodies = self.of("http.body")
        if bodies and self.method != b"HEAD" and status not in BODILESS:
            body = bodies[-1].settings["body"].encode()
            self.hides_body = True
            head = rewritten(head, _FRAMING, {"Content-Length": str(len(body))}) + body
        return head

    def _answer_in_place(self, *, waits: bool) -> None:
        if self.of("http.drop", lost="request"):
            self.own, self.complete, self.closes = Mark.RESET, True, True
        elif found := self.of("http.status"):
            given = found[-1].settings
            to_head = self.method == b"HEAD"
            self.own = own_answer(
                given["status"], given["headers"], given["body"], to_head=to_head, closes=self.closes
            )
            self.complete, self.is_last = waits, False
