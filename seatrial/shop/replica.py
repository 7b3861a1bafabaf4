"""One replica: takes a few milliseconds, then answers."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from seatrial.shop import catalog, server, wire
from seatrial.shop.dial import Dial
from seatrial.shop.metrics import Metrics
from seatrial.shop.service import Service

JITTER_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class ReplicaOptions:
    """A replica's command line."""

    index: int
    port: int
    shop_id: str
    seed: int
    service_ms: float
    dial: bool
    bind: str = server.LOOPBACK


class _Counter:
    """The business of one replica."""

    def __init__(self, options: ReplicaOptions) -> None:
        self._options = options
        self._random = Random(f"{options.seed}:replica:{options.index}")

    async def serve(self, request: wire.Request) -> wire.Response:
        jitter = self._random.uniform(1 - JITTER_SHARE, 1 + JITTER_SHARE)
        await asyncio.sleep(self._options.service_ms / 1000 * jitter)
        return catalog.answer(request)

    def health(self) -> wire.Response:
        options = self._options
        told = {"status": "ok", "shop": options.shop_id, "index": options.index, "pid": os.getpid()}
        return wire.Response(200, json.dumps(told).encode())


async def run(options: ReplicaOptions, ready: Callable[[], None]) -> None:
    """Serve for ever; calls `ready` once connections are accepted."""
    counter = _Counter(options)
    dial = Dial(f"{options.seed}:dial:{options.index}") if options.dial else None
    service = Service(counter.serve, counter.health, Metrics(), dial)
    listening = await server.listen(options.port, service, options.bind)
    ready()
    await listening.serve_forever()
