"""`seatrial demo`: the whole main job on a service of its own."""

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from seatrial.cli.command import Argument, Option
from seatrial.cli.console import say, tell
from seatrial.cli.options import RUNS_DEFAULT, RunsFolder, Seed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from seatrial.shop import Shop
    from seatrial.shop.monitor import Monitor


def demo(
    name: Annotated[str | None, Argument(help="Which shipped experiment.", metavar="EXPERIMENT")] = None,
    fragile: Annotated[
        bool, Option("--fragile", help="A shop without time-outs and retries: it fails.")
    ] = False,
    prometheus: Annotated[
        bool, Option("--prometheus", help="With a real Prometheus, which has to be installed.")
    ] = False,
    kubernetes: Annotated[
        bool, Option("--kubernetes", help="On the cluster that KUBECONFIG names, and removed again.")
    ] = False,
    context: Annotated[str | None, Option("--context", help="With --kubernetes: of the kubeconfig.")] = None,
    image: Annotated[
        str | None,
        Option("--image", help="With --kubernetes: Seatrial's own, which the nodes can get."),
    ] = None,
    serve: Annotated[bool, Option("--serve", help="Only start the shop, until Ctrl-C.")] = False,
    port: Annotated[
        int, Option("--port", help="Of the shop's front, with --serve.", min=1, max=65535)
    ] = 8765,
    seed: Seed = None,
    runs: RunsFolder = RUNS_DEFAULT,
) -> None:
    """Start the shop, a small replicated service on this machine, and run an experiment on it.

    The shop ends with the command. The exit code is that of the experiment: 0 passed, 1 failed.
    """
    from seatrial.cli.demo_kubernetes import needs_kubernetes, shop_on_kubernetes
    from seatrial.cli.options import open_store
    from seatrial.cli.run import run_one
    from seatrial.files.experiment_file import read_experiment
    from seatrial.kube.image import own_image
    from seatrial.shop import Shop

    path = _shipped(name or _usual(prometheus=prometheus, kubernetes=kubernetes))
    if serve:
        _serve(port, fragile=fragile, with_prometheus=prometheus)
        return
    store = open_store(runs)
    if kubernetes or needs_kubernetes(path):
        with shop_on_kubernetes(context, own_image(image), fragile=fragile) as known:
            file = read_experiment(path, overrides=having_variables(path, known))
            sys.exit(run_one(file, store, seed))
    with Shop(fragile=fragile) as shop, _monitored(shop, wanted=prometheus) as monitor:
        tell(f"shop: {len(shop.replicas)} replicas behind {shop.url}{' (fragile)' if fragile else ''}")
        file = read_experiment(path, overrides=asked_for(path, shop, monitor))
        code = run_one(file, store, seed)
    sys.exit(code)


def asked_for(path: "Path", shop: "Shop", monitor: "Monitor | None" = None) -> dict[str, str]:
    """Of what is only known now, all that the experiment has a variable for."""
    known = {
        "shop": shop.url,
        "shop_id": shop.shop_id,
        "shop_address": f"127.0.0.1:{shop.port}",
        "replica_port": str(shop.replicas[0].port),
        **({"prometheus": monitor.url} if monitor is not None else {}),
    }
    return having_variables(path, known)


def having_variables(path: "Path", known: "Mapping[str, str]") -> dict[str, str]:
    """Those of the known values that the experiment has a variable for."""
    text = path.read_text()
    return {name: value for name, value in known.items() if f"${{{name}}}" in text}


def _usual(*, prometheus: bool, kubernetes: bool) -> str:
    if kubernetes:
        return "kubernetes_pod_loss"
    return "replica_loss_prometheus" if prometheus else "replica_pause"


@contextmanager
def _monitored(shop: "Shop", *, wanted: bool) -> "Iterator[Monitor | None]":
    """With a Prometheus that knows the shop, where one is wanted."""
    if not wanted:
        yield None
        return
    from seatrial.cli.monitored import monitored

    with monitored(shop) as monitor:
        yield monitor


def _shipped(name: str) -> "Path":
    """The file of a shipped experiment of the shop; raises InvalidInput naming those there are."""
    from seatrial.errors import InvalidInput
    from seatrial.files.nearest import nearest
    from seatrial.pack import load_packs

    known = {path.stem: path for path in load_packs().experiments()}
    if name in known:
        return known[name]
    guess = nearest(name, known)
    raise InvalidInput(
        f"there is no shipped experiment {name!r}; there are {', '.join(known)}",
        f"did you mean {guess!r}?" if guess else "",
    )


def _serve(port: int, *, fragile: bool, with_prometheus: bool) -> None:
    """The shop alone, for experiments from another terminal."""
    import signal
    import threading

    from seatrial.shop import Shop

    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: asked.set())
    with Shop(fragile=fragile, port=port) as shop, _monitored(shop, wanted=with_prometheus) as monitor:
        say(shop.url)
        tell(f"replicas on ports {', '.join(str(each.port) for each in shop.replicas)}")
        command = "seatrial run experiments/replica_pause.yaml"
        if monitor is not None:
            command = f"seatrial run experiments/replica_loss_prometheus.yaml --set prometheus={monitor.url}"
        tell(f"the shop is open until Ctrl-C; in another terminal: {command}")
        asked.wait()
