"""The fault's window as an annotation of Grafana, found again by its tags: whoever ends it may be another.

https://grafana.com/docs/grafana/latest/developers/http_api/annotations/
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from seatrial.telling.destinations import Grafana
from seatrial.telling.state import RunState

Ask = Callable[[str, str, bytes | None], Awaitable[bytes]]
"""Method, path with its query, and body; returns the answer's body, or raises NotTold."""


async def annotate(grafana: Grafana, state: RunState, ask: Ask) -> None:
    """Show what there is of the window; nothing before its beginning."""
    if state.fault_s is None:
        return
    tag = f"seatrial:{state.started.run_id}"
    query = urlencode({"tags": tag, "limit": 1})
    found = json.loads(await ask("GET", f"/api/annotations?{query}", None))
    body = _body(state)
    if found:
        await ask("PATCH", f"/api/annotations/{int(found[0]['id'])}", json.dumps(body).encode())
        return
    where = {"dashboardUID": grafana.dashboard} if grafana.dashboard is not None else {}
    tags = ["seatrial", tag, *grafana.tags]
    await ask("POST", "/api/annotations", json.dumps({**body, "tags": tags, **where}).encode())


def _body(state: RunState) -> dict[str, Any]:
    assert state.fault_s is not None
    begin_s, end_s = state.fault_s
    actions = ", ".join(dict.fromkeys(fault.action for fault in state.started.plan.faults))
    told = f": {state.ended.outcome}" if state.ended is not None else ""
    text = f"{state.started.plan.title} ({actions}){told}"
    body: dict[str, Any] = {"time": state.at_ms(begin_s), "text": text}
    return body if end_s is None else {**body, "timeEnd": state.at_ms(end_s)}
