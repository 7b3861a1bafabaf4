"""A proxy that stands where its users put it, and takes faults while it runs: `seatrial proxy`."""

import asyncio
import json
import os
import socket
from collections.abc import Callable

from seatrial.proxy.control import LINE_BYTES_MAX, Message, name_of, user_of
from seatrial.proxy.faults import Fault
from seatrial.proxy.origin import fixed
from seatrial.proxy.proxy import BACKLOG, Proxy


async def stand(
    listen: tuple[str, int], server: tuple[str, int], ready: Callable[[], None], *, http: bool = False
) -> None:
    """Pass everything on, until the process ends; raises OSError where it cannot listen there."""
    proxy = Proxy(fixed(*server), http=http)
    family, _, _, _, address = socket.getaddrinfo(*listen, type=socket.SOCK_STREAM)[0]
    taking = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    taking.setblocking(False)
    await obey(proxy, *taking.getsockname()[:2])
    async with proxy.listening([taking]):
        ready()
        await asyncio.Event().wait()


async def obey(proxy: Proxy, host: str, port: int) -> None:
    """Take requests until the process ends; raises OSError where another one listens under this address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if user_of(writer.get_extra_info("socket")) in (0, os.geteuid()):
            line = await reader.readline()
            writer.write(json.dumps(_answer(proxy, line)).encode() + b"\n")
        writer.close()

    await asyncio.start_unix_server(serve, name_of(host, port), limit=LINE_BYTES_MAX)


def _answer(proxy: Proxy, line: bytes) -> Message:
    try:
        request = json.loads(line)
        match request["do"]:
            case "put":
                proxy.put(request["lease"], Fault.parse(request["fault"]), request["ends_in_s"])
            case "take":
                proxy.take(request["lease"])
            case "look":
                pass
        return {"has": request["lease"] in proxy.faults, "faults": proxy.faults, "http": proxy.reads_http}
    except (ValueError, TypeError, KeyError) as error:
        return {"refused": f"{type(error).__name__}: {error}"}
