"""Where a target can be asked."""

import psutil

from seatrial.targets.target import BaseTarget, EndpointTarget, ProcessTarget

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def listening_address(target: BaseTarget, port: int | None = None) -> str | None:
    """`host:port` of a target: a process listens there itself. None where there is not exactly one.

    `port`: this one, whoever serves it.
    """
    if isinstance(target, EndpointTarget):
        return _written(target.host, port or target.port)
    if not isinstance(target, ProcessTarget):
        return None
    try:
        found = psutil.Process(target.pid).net_connections(kind="tcp")
    except psutil.Error:
        return None
    listening = {c.laddr.port: c.laddr.ip for c in found if c.status == psutil.CONN_LISTEN}
    if port is not None:
        return _written(_ANY.get(listening.get(port, ""), listening.get(port, "127.0.0.1")), port)
    if len(listening) != 1:
        return None
    (only,) = listening
    return _written(_ANY.get(listening[only], listening[only]), only)


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
