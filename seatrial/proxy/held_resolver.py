"""A process that holds one fault on DNS queries. Its stdin tells it all of it, as JSON.

Run by `seatrial.held` for `Resolving`.
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # it is run without any path but Python's own

from seatrial.proxy.name_redirect import NameRedirect
from seatrial.proxy.nftables import Nftables, enter_namespace
from seatrial.proxy.own_table import keep


async def main() -> None:
    """Hold the fault until the keeper ends it."""
    given = json.load(sys.stdin)
    sys.path += given["libraries"]  # where dnspython is
    from seatrial.proxy.names import NameFault
    from seatrial.proxy.resolver import Resolver

    if given["namespace"]:
        enter_namespace(given["namespace"])
    nft = Nftables()  # before any connection: a process that ends closes first what it opened last
    redirect = NameRedirect(**{**given["redirect"], "servers": tuple(given["redirect"]["servers"])})
    fault = NameFault(**{**given["fault"], "names": tuple(given["fault"]["names"])})
    ports: dict[str, int] = {}
    for server in redirect.servers:
        with suppress(OSError):  # no route leads there, so nobody can ask it
            listening = await Resolver(server, fault, redirect.mark).listen()
            ports |= {f"{protocol} {server}": port for protocol, port in listening.items()}
    if not ports:
        raise OSError(f"no route leads to {', '.join(redirect.servers)}")
    nft.run(redirect.script(ports))
    os.write(1, b"ready\n")
    await keep(redirect, ports, nft)


if __name__ == "__main__":
    asyncio.run(main())
