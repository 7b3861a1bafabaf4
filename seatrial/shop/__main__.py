"""`python -m seatrial.shop ROLE`: the shop's processes. Started by `Shop`, not by hand."""

import argparse
import asyncio
import os
import signal
import sys

from seatrial.shop.lifeline import die_with_parent_thread
from seatrial.shop.server import LOOPBACK
from seatrial.shop.settings import PARENT_VARIABLE, Settings

_STDOUT = 1


def main(argv: list[str]) -> int:
    options = _parser().parse_args(argv)
    if PARENT_VARIABLE not in os.environ:  # a pod: its kubelet starts and ends it
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        return _ROLES[str(options.role)](options)
    parent_pid = int(os.environ[PARENT_VARIABLE])
    if options.role != "shop-supervisor" or options.die_with_thread:
        die_with_parent_thread(parent_pid)
    return _ROLES[str(options.role)](options)


def _supervise(options: argparse.Namespace) -> int:
    from seatrial.shop import supervisor

    settings = Settings(
        shop_id=options.shop,
        replicas=options.replicas,
        port=options.port,
        fragile=options.fragile,
        dial=options.dial,
        seed=options.seed,
        service_ms=options.service_ms,
        restart_delay_s=options.restart_delay_s,
    )
    return supervisor.run(settings)


def _front(options: argparse.Namespace) -> int:
    from seatrial.shop import front

    front_options = front.FrontOptions(
        port=options.port,
        upstreams=tuple(_address(one) for one in options.upstreams.split(",")),
        shop_id=options.shop,
        seed=options.seed,
        fragile=options.fragile,
        dial=options.dial,
        bind=options.bind,
    )
    asyncio.run(front.run(front_options, _tell_ready))
    return 0


def _replicate(options: argparse.Namespace) -> int:
    from seatrial.shop import replica

    replica_options = replica.ReplicaOptions(
        index=options.index,
        port=options.port,
        shop_id=options.shop,
        seed=options.seed,
        service_ms=options.service_ms,
        dial=options.dial,
        bind=options.bind,
    )
    asyncio.run(replica.run(replica_options, _tell_ready))
    return 0


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host or LOOPBACK, int(port)


_ROLES = {"shop-supervisor": _supervise, "shop-front": _front, "shop-replica": _replicate}


def _tell_ready() -> None:
    os.write(_STDOUT, b"ready\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m seatrial.shop", description=__doc__, allow_abbrev=False)
    roles = parser.add_subparsers(dest="role", required=True)
    supervising, fronting, replicating = (roles.add_parser(name, allow_abbrev=False) for name in _ROLES)
    for role in (supervising, fronting, replicating):
        role.add_argument("--shop", required=True)
        role.add_argument("--port", type=int, required=True)
        role.add_argument("--seed", type=int, required=True)
        role.add_argument("--dial", action="store_true")
    for role in (supervising, replicating):
        role.add_argument("--service-ms", type=float, required=True)
    for role in (fronting, replicating):
        role.add_argument("--bind", default=LOOPBACK)
    for role in (supervising, fronting):
        role.add_argument("--fragile", action="store_true")
    supervising.add_argument("--replicas", type=int, required=True)
    supervising.add_argument("--restart-delay-s", type=float, required=True)
    supervising.add_argument("--die-with-thread", action="store_true")
    fronting.add_argument("--upstreams", required=True)
    replicating.add_argument("--index", type=int, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
