"""`seatrial proxy`: a proxy in front of a server, on which experiments can inject faults."""

from typing import Annotated

from seatrial.cli.command import Argument, Option


def proxy(
    listen: Annotated[str, Argument(help="Where clients connect to.", metavar="LISTEN")],
    server: Annotated[str, Argument(help="Where their connections go on to.", metavar="SERVER")],
    http: Annotated[
        bool,
        Option("--http", help="Read the HTTP in it, for faults of `http.*` and `grpc.*`."),
    ] = False,
) -> None:
    """Pass connections on until Ctrl-C; experiments inject faults into it by its address.

    For `tcp.latency` and its kin, by `proxy:`, without any privilege. Without a fault every byte is passed on
    as it is.
    """
    import asyncio
    import signal

    from seatrial.cli.console import tell
    from seatrial.errors import InvalidInput
    from seatrial.proxy.standing import stand
    from seatrial.targets.selector import split_address

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)  # there is nothing to put in order: it ends at once
    begins = f"{listen} passes on to {server}, until Ctrl-C"
    try:
        listening, serving = split_address(listen), split_address(server)
        asyncio.run(stand(listening, serving, lambda: tell(begins), http=http))
    except (ValueError, OSError) as error:
        raise InvalidInput(f"no proxy at {listen} for {server}: {error}", "write `HOST:PORT` twice") from None
