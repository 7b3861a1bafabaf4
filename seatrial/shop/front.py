"""The front: balances over the replicas and, unless fragile, hides their failures.

try ──▶ an answer          2xx to 4xx, or any answer to an order: it is the user's
    ├─▶ 5xx to a GET       another try
    ├─▶ no answer in time  another try, and this replica is out until it passes a health check
    ├─▶ no connection      the same
    └─▶ out of tries       the user gets the last failure: the 5xx, or 504, or 502
"""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from seatrial.shop import server, wire
from seatrial.shop.balancer import LeastInFlight, RoundRobin, Upstream
from seatrial.shop.client import Pool
from seatrial.shop.dial import Dial
from seatrial.shop.metrics import Metrics
from seatrial.shop.server import problem
from seatrial.shop.service import Service

_RETRIES, _FAILURES = "shop_retries_total", "shop_upstream_failures_total"

_PASSED_ON = ("content-type", "idempotency-key")


@dataclass(frozen=True, slots=True)
class Policy:
    """What a front does about its replicas' failures."""

    try_timeout_s: float | None
    """What one try may take, connecting included; None: for ever."""
    tries_max: int
    checks_health: bool
    balances_by_load: bool


ROBUST = Policy(try_timeout_s=0.25, tries_max=3, checks_health=True, balances_by_load=True)
FRAGILE = Policy(try_timeout_s=None, tries_max=1, checks_health=False, balances_by_load=False)

HEALTH_INTERVAL_S = 0.25
HEALTH_TIMEOUT_S = 0.2


@dataclass(frozen=True, slots=True)
class FrontOptions:
    """A front's command line."""

    port: int
    upstreams: tuple[tuple[str, int], ...]
    """Host and port of each replica, or of a service before them."""
    shop_id: str
    seed: int
    fragile: bool
    dial: bool
    bind: str = server.LOOPBACK


@dataclass(frozen=True, slots=True)
class _Outcome:
    response: wire.Response
    may_try_again: bool


class Front:
    """The business of the front: each request becomes one or more tries at replicas."""

    def __init__(self, options: FrontOptions, metrics: Metrics) -> None:
        self._options = options
        self._metrics = metrics
        self.policy = FRAGILE if options.fragile else ROBUST
        self.upstreams = [Upstream(n, Pool(port, host)) for n, (host, port) in enumerate(options.upstreams)]
        balancer = LeastInFlight if self.policy.balances_by_load else RoundRobin
        self._balancer = balancer(self.upstreams)
        # A counter that first shows up with its first event hides that event from every rate.
        metrics.events[_RETRIES][""] = 0
        for upstream in self.upstreams:
            metrics.events[_FAILURES][_labels(upstream)] = 0

    async def serve(self, request: wire.Request) -> wire.Response:
        onward = _onward(request)
        tried: list[Upstream] = []
        while True:
            upstream = self._balancer.choose(tried)
            tried.append(upstream)
            outcome = await self._try(upstream, onward)
            if not outcome.may_try_again or len(tried) == self.policy.tries_max:
                return outcome.response
            self._metrics.events[_RETRIES][""] += 1

    async def _try(self, upstream: Upstream, request: wire.Request) -> _Outcome:
        upstream.in_flight += 1
        try:
            async with asyncio.timeout(self.policy.try_timeout_s):
                response = await upstream.pool.ask(request)
        except TimeoutError:
            return self._failed(upstream, problem(504, "no answer from the replica in time"))
        except (OSError, wire.Malformed) as error:
            return self._failed(upstream, problem(502, f"no answer from the replica: {error}"))
        finally:
            upstream.in_flight -= 1
        return _Outcome(response, may_try_again=response.status >= 500 and request.method == "GET")

    def _failed(self, upstream: Upstream, response: wire.Response) -> _Outcome:
        self._metrics.events[_FAILURES][_labels(upstream)] += 1
        # Only a health check takes a replica in again, so without checks none is put out.
        upstream.is_healthy = not self.policy.checks_health
        return _Outcome(response, may_try_again=True)

    async def keep_checking(self, upstream: Upstream) -> None:
        """The active health check of one replica, for ever."""
        while True:
            upstream.is_healthy = await _is_healthy(upstream.pool)
            await asyncio.sleep(HEALTH_INTERVAL_S)

    def health(self) -> wire.Response:
        """A fragile front knows nothing of its replicas, so it is always well."""
        healthy = sum(upstream.is_healthy for upstream in self.upstreams)
        told: dict[str, str | int] = {"status": "ok" if healthy else "down", "shop": self._options.shop_id}
        if self.policy.checks_health:
            told |= {"replicas": len(self.upstreams), "replicas_healthy": healthy}
        return wire.Response(200 if healthy else 503, json.dumps(told).encode())


def _labels(upstream: Upstream) -> str:
    return f'{{upstream="{upstream.index}"}}'


def _onward(request: wire.Request) -> wire.Request:
    headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
    if request.method == "POST":
        # One key for all tries of an order, also where the user sent none.
        headers.setdefault("idempotency-key", secrets.token_hex(8))
    return wire.Request(request.method, request.path, headers, request.body)


async def _is_healthy(pool: Pool) -> bool:
    try:
        async with asyncio.timeout(HEALTH_TIMEOUT_S):
            return (await pool.ask(wire.Request("GET", "/health"))).status == 200
    except (OSError, wire.Malformed):
        return False


async def run(options: FrontOptions, ready: Callable[[], None]) -> None:
    """Serve and check for ever; calls `ready` once connections are accepted."""
    metrics = Metrics()
    front = Front(options, metrics)
    dial = Dial(f"{options.seed}:dial:front") if options.dial else None
    service = Service(front.serve, front.health, metrics, dial)
    listening = await server.listen(options.port, service, options.bind)
    ready()
    async with asyncio.TaskGroup() as tasks:
        if front.policy.checks_health:
            for upstream in front.upstreams:
                tasks.create_task(front.keep_checking(upstream))
        tasks.create_task(listening.serve_forever())
