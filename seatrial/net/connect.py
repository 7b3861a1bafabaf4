"""One TCP connection, made and closed."""

import time

import anyio

from seatrial.model.units import format_duration
from seatrial.net.reasons import Unanswered, told


async def connect(host: str, port: int, timeout_s: float) -> float:
    """How long a connection took to be accepted, in milliseconds, name resolution included.

    Raises Unanswered where it was not accepted in time, OSError where this machine could not try.
    """
    began = time.monotonic()
    try:
        with anyio.fail_after(timeout_s):
            stream = await anyio.connect_tcp(host, port)
    except TimeoutError:
        raise Unanswered(f"no answer within {format_duration(timeout_s)}") from None
    except OSError as error:
        raise told(error) from None
    latency_ms = (time.monotonic() - began) * 1000
    await anyio.aclose_forcefully(stream)
    return latency_ms
