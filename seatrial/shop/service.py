"""What replica and front have in common: routes, metrics, the dial."""

import hmac
import os
import time
from collections.abc import Callable

from seatrial.shop import catalog, wire
from seatrial.shop import dial as fault_dial
from seatrial.shop.metrics import Metrics
from seatrial.shop.server import Handler, problem
from seatrial.shop.settings import TOKEN_HEADER, TOKEN_VARIABLE

_CLIENT_CLOSED_REQUEST = 499
"""Not HTTP's: nginx's word for a user who did not wait for the answer. Only counted, never sent."""


class Service:
    """The handler of one process: its business, measured and dialled, beside `/health` and `/metrics`."""

    def __init__(
        self,
        business: Handler,
        health: Callable[[], wire.Response],
        metrics: Metrics,
        dial: fault_dial.Dial | None,
    ) -> None:
        self._business = business
        self._health = health
        self._metrics = metrics
        self._dial = dial
        self._token = os.environ.get(TOKEN_VARIABLE, "")

    async def __call__(self, request: wire.Request) -> wire.Response:
        match request.path:
            case "/health":
                return self._health()
            case "/metrics":
                return self._metrics.response()
            case "/dial" if self._dial is not None:
                return self._set(self._dial, request)
            case _:
                return await self._measured(request)

    async def _measured(self, request: wire.Request) -> wire.Response:
        begin_s, code = time.monotonic(), _CLIENT_CLOSED_REQUEST
        self._metrics.in_flight += 1
        try:
            if self._dial is not None and await self._dial.fails():
                response = problem(500, "dialled")
            else:
                response = await self._business(request)
            code = response.status
            return response
        finally:
            self._metrics.in_flight -= 1
            path = catalog.template(request.path)
            self._metrics.observe(request.method, path, code, time.monotonic() - begin_s)

    def _set(self, dial: fault_dial.Dial, request: wire.Request) -> wire.Response:
        token = request.headers.get(TOKEN_HEADER, "")
        if not self._token or not hmac.compare_digest(token.encode(), self._token.encode()):
            return problem(403, "wrong or missing token")
        if request.method != "POST":
            return problem(405, f"not with {request.method}")
        try:
            dial.set(fault_dial.parse(request.body))
        except (ValueError, TypeError) as error:
            return problem(422, str(error))
        return wire.Response(204)
