"""A process that holds one fault on redirected connections. Its stdin tells it all of it, as JSON.

Run by `seatrial.held` for `Proxying`. Its order: listen, own the table, say `ready`, renew the table.
"""

import asyncio
import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # it is run without any path but Python's own

from seatrial.proxy.faults import Fault
from seatrial.proxy.nftables import Nftables, enter_namespace
from seatrial.proxy.origin import original
from seatrial.proxy.own_table import keep
from seatrial.proxy.proxy import BACKLOG, Proxy
from seatrial.proxy.redirect import Redirect

FOREVER_S = 1e6
"""The keeper ends this process."""


def sockets(*, outside: bool) -> dict[str, socket.socket]:
    """Where redirected connections come to: on loopback, unless other hosts' are redirected too."""
    found = {}
    families = (
        ("ipv4", socket.AF_INET, "127.0.0.1", "0.0.0.0"),
        ("ipv6", socket.AF_INET6, "::1", "::"),
    )
    for name, family, near, anywhere in families:
        with suppress(OSError):  # a host without IPv6 has no such connections either
            one = socket.create_server((anywhere if outside else near, 0), family=family, backlog=BACKLOG)
            one.setblocking(False)
            found[name] = one
    if not found:
        raise OSError("this host takes no connections, on IPv4 or IPv6: is its loopback interface up?")
    return found


async def main() -> None:
    """Hold the fault until the keeper ends it."""
    given = json.load(sys.stdin)
    if given["namespace"]:
        enter_namespace(given["namespace"])
    nft = Nftables()  # before any connection: a process that ends closes first what it opened last
    addresses, spared = given["redirect"].pop("addresses"), given["redirect"].pop("spared")
    redirect = Redirect(**given["redirect"], addresses=tuple(addresses), spared=tuple(spared))
    listening = sockets(outside=redirect.arriving)
    sys.path += given["libraries"]  # where h11 is
    proxy = Proxy(original, redirect.mark, http=bool(given["libraries"]))
    proxy.put(redirect.table, Fault.parse(given["fault"]), FOREVER_S)
    async with proxy.listening(list(listening.values())):
        ports = {name: one.getsockname()[1] for name, one in listening.items()}
        nft.run(redirect.script(ports))
        os.write(1, b"ready\n")
        await keep(redirect, ports, nft)


if __name__ == "__main__":
    asyncio.run(main())
