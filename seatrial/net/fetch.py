"""One request and its answer, within a deadline and a size; what goes wrong is said in words."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import anyio

from seatrial.model.units import format_duration
from seatrial.net.reasons import Unanswered, told

if TYPE_CHECKING:
    import httpx

_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    content: bytes
    """The body, up to the size that was asked for."""
    cut: bool
    """There was more of it."""
    media_type: str
    latency_ms: float
    """From the request to the last byte, connecting included where that was needed."""


async def fetch(
    client: "httpx.AsyncClient",
    url: str,
    *,
    timeout_s: float,
    bytes_max: int,
    method: str = "GET",
    content: bytes | None = None,
    repeatable: bool = False,
) -> Answer:
    """Ask once; a redirect is an answer like any other.

    `repeatable`: the request changes nothing, though its method is POST.

    Raises Unanswered where the other side does not answer well in time, and OSError where this
    machine could not ask. No message holds an address or a header.
    """
    import httpx

    began = time.monotonic()
    try:
        with anyio.fail_after(timeout_s):
            request = client.build_request(method, url, content=content)
            if not (repeatable or method in _REPEATABLE):
                request.headers["Connection"] = "close"
            return await _ask(client, request, bytes_max, began)
    except TimeoutError:
        raise Unanswered(f"no answer within {format_duration(timeout_s)}") from None
    except httpx.HTTPError as error:
        raise told(error) from None


async def _ask(client: "httpx.AsyncClient", request: "httpx.Request", bytes_max: int, began: float) -> Answer:
    """A kept connection may have been closed by the server meanwhile: that alone is no failure of it."""
    import httpx

    made: list[Any] = []

    async def trace(event: str, info: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            made.append(info["return_value"])

    request.extensions = {**request.extensions, "trace": trace}
    repeatable = request.headers.get("Connection") != "close"
    try:
        try:
            return await _send(client, request, bytes_max, began)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if made or not repeatable:
                raise
        return await _send(client, request, bytes_max, began)
    except BaseException:
        # httpcore forgets a connection whose TLS handshake is cancelled, and never closes it.
        with anyio.CancelScope(shield=True):
            for stream in made:
                await stream.aclose()
        raise


async def _send(
    client: "httpx.AsyncClient", request: "httpx.Request", bytes_max: int, began: float
) -> Answer:
    response = await client.send(request, stream=True)
    try:
        content = bytearray()
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > bytes_max:
                break
    finally:
        await response.aclose()
    return Answer(
        status=response.status_code,
        content=bytes(content[:bytes_max]),
        cut=len(content) > bytes_max,
        media_type=response.headers.get("content-type", ""),
        latency_ms=(time.monotonic() - began) * 1000,
    )
