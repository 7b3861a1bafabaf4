"""The relay's command line and its configuration, in place of Locust's own."""

import json
import secrets
import sys

from seatrial.errors import InvalidInput
from seatrial.kube.access import find_access
from seatrial.kube.image import own_image
from seatrial.load.command import locust_argv, shim_configuration
from seatrial.load.pods.job import LOCUSTFILE_BYTES_MAX, PodLoad, PodsOrder
from seatrial.load.wire import WIRE_VERSION
from seatrial.model.load import Load, Workers

_FLAGS = 5
"""How the command line of a local Locust begins: interpreter, `-m locust --locustfile FILES`."""


def relay_argv(load: Load) -> list[str]:
    """The command line; raises InvalidInput where a Locust file is too large to be handed over."""
    workers = _workers(load)
    if load.locustfile is not None and load.locustfile.stat().st_size > LOCUSTFILE_BYTES_MAX:
        raise InvalidInput(
            f"{load.locustfile} is too large to be handed to pods", "put its data into the image"
        )
    access = find_access(workers.kubeconfig, workers.context)
    order = PodsOrder(
        kubeconfig=access.kubeconfig,
        context=access.context,
        namespace=workers.namespace,
        image=own_image(workers.image),
        name=f"seatrial-load-{secrets.token_hex(4)}",
        workers=workers.count,
        start_within_s=workers.connect_within,
        locustfile=load.locustfile,
    )
    return [sys.executable, "-m", "seatrial.load.pods.relay", order.model_dump_json()]


def relay_configuration(load: Load, *, seed: int) -> bytes:
    """What all pods are told; it may hold secrets."""
    shim = json.loads(shim_configuration(load, seed=seed, clock_offset_s=0.0))
    return (
        PodLoad(
            wire=WIRE_VERSION,
            shim=shim,
            arguments=tuple(_arguments(load, index) for index in range(_workers(load).count)),
            environment=dict(load.environment),
            has_locustfile=load.locustfile is not None,
        )
        .model_dump_json()
        .encode()
    )


def _arguments(load: Load, index: int) -> tuple[str, ...]:
    """Locust's own, with this pod's share of the users; an open model's share is the shim's to take."""
    workers = _workers(load).count
    users = None if load.users is None else load.users // workers + (index < load.users % workers)
    spawn_rate = None if load.spawn_rate is None else load.spawn_rate / workers
    own = load.model_copy(update={"workers": None, "users": users, "spawn_rate": spawn_rate})
    return tuple(locust_argv(own, 0)[_FLAGS:])


def _workers(load: Load) -> Workers:
    assert load.workers is not None
    return load.workers
