"""The Locust process: its command line, its environment, its configuration."""

import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from seatrial.load.schedule import Schedule, schedule_of
from seatrial.load.wire import OpenConfig, ShimConfig
from seatrial.model.load import Load

SHIM = Path(__file__).parent / "shim" / "seatrial_shim.py"
SPAWN_RATE_MAX = 100.0
"""Above this Locust itself warns of trouble."""


def locust_argv(load: Load, master_port: int) -> list[str]:
    """The command line; the file of `load` must be absolute."""
    files = [str(load.locustfile)] if load.locustfile is not None else []
    argv = [sys.executable, "-m", "locust", "--locustfile", ",".join([*files, str(SHIM)])]
    argv += ["--headless", "--only-summary", "--exit-code-on-error", "0", "--stop-timeout", "0"]
    argv += ["--loglevel", "INFO"]
    if load.host:
        argv += ["--host", load.host]
    argv += _how_many(load)
    if load.workers is not None:
        argv += ["--master", "--master-bind-host", load.workers.bind]
        argv += ["--master-bind-port", str(master_port), "--expect-workers", str(load.workers.expect)]
        argv += ["--expect-workers-max-wait", str(int(load.workers.connect_within) + 1)]
    elif load.processes > 1:
        argv += ["--processes", str(load.processes)]
        argv += ["--master-bind-host", "127.0.0.1", "--master-bind-port", str(master_port)]
        argv += ["--master-host", "127.0.0.1", "--master-port", str(master_port)]
    return [*argv, *load.user_classes]


def _how_many(load: Load) -> list[str]:
    if load.is_open:
        return ["--users", "0", "--spawn-rate", "1"]  # the shim makes its own users
    if load.users is None:
        return []  # the file's own LoadTestShape decides
    spawn_rate = load.spawn_rate or min(float(load.users), SPAWN_RATE_MAX)
    return ["--users", str(load.users), "--spawn-rate", f"{spawn_rate:g}"]


def locust_environment(load: Load, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The inherited variables without Locust's own, for the plan has shown what is hit and how hard."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("LOCUST_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **load.environment}


def shim_configuration(load: Load, *, seed: int, clock_offset_s: float) -> bytes:
    """What the shim is told, as JSON."""
    config: ShimConfig = {
        "workers": load.generators,
        "seed": seed,
        "user_classes": list(load.user_classes),
        "request_timeout_s": load.request_timeout,
        "clock_offset_s": clock_offset_s,
        "open": _open_config(load, schedule_of(load)) if load.is_open else None,
        "requests": [
            {
                "method": one.method,
                "path": one.path,
                "name": one.label,
                "weight": one.weight,
                "headers": dict(one.headers),
                "body": one.body,
                "json": one.json_body,
                "expect_status": list(one.expect_status),
            }
            for one in load.requests or ()
        ],
        "host": load.host,
    }
    return json.dumps(config).encode()


def _open_config(load: Load, schedule: Schedule) -> OpenConfig:
    return {
        "segments": [(one.rate_from, one.rate_to, one.for_s) for one in schedule.segments],
        "arrivals": load.arrivals,
        "max_in_flight": -(-load.max_in_flight // load.generators),
    }


def free_port(host: str) -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
