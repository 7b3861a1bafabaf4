"""A thousand pods of a cluster: planned, hit and taken back, beside chaosk8s on the same objects

    python -m benchmarks kubernetes_scale

On the cluster that KUBECONFIG names, which has to have KWOK nodes (label `type=kwok`). *Deployments*: each
of one pod, scaled to nothing and back (`workload.scale`; `scale_deployment`). *Pods*: of ten Deployments,
deleted (`pod.delete`; `terminate_pods`); neither has an undo. *Plan* is `seatrial plan` from the start of
its interpreter to its end; chaosk8s has none. *Apply*: from the first look at a target to the last fault in
place, with all intents on disk in between; *undo*: to the last one verified and its ownership given back.
Of chaosk8s it is the calls alone. *Delay*: of a relay between runner and API, each way. Memory is that of
runner, guardian and all of their workers without what they share, and the peak of the one process of
chaosk8s. *Load* is the machine's load average: cluster and runner share it.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil

from benchmarks.many_targets import own_memory_mib
from seatrial.kube.access import Access, find_access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.objects import is_ready
from seatrial.testing.kube_namespace import KubeNamespace, kube_namespace, through
from seatrial.testing.live_run import LiveRun, seatrial
from seatrial.testing.relay import Relay
from seatrial.testing.small_experiment import small_experiment

DELAYS_S: Final = (0.0, 0.02)
WATCHED_S: Final = 30
OWNERS: Final = 10
"""Deployments of the pods that are deleted."""
READY_WITHIN_S: Final = 900.0
Told = dict[str, float]


def deployment(name: str, replicas: int) -> dict[str, Any]:
    labels = {"app": name}
    pod = {
        "terminationGracePeriodSeconds": 0,
        "nodeSelector": {"type": "kwok"},
        "tolerations": [{"operator": "Exists"}],
        "containers": [{"name": "it", "image": "none"}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


@contextlib.contextmanager
def populated(count: int, replicas: int) -> Iterator[KubeNamespace]:
    """A namespace with so many Deployments, all of them ready."""
    with kube_namespace(find_access()) as namespace:
        for number in range(count):
            namespace.add(deployment(f"d{number}", replicas))
        settle(namespace, count * replicas)
        yield namespace


def settle(namespace: KubeNamespace, pods: int) -> None:
    """Wait until so many pods are ready, and nothing else is there."""
    give_up_s = time.monotonic() + READY_WITHIN_S
    while [is_ready(pod) for pod in namespace.all("Pod")] != [True] * pods:
        assert time.monotonic() < give_up_s, f"no {pods} ready pods"
        threading.Event().wait(2)  # a list of a thousand is work for the cluster


@contextlib.contextmanager
def at(access: Access, delay_s: float, folder: Path) -> Iterator[Access]:
    """The cluster by a way that takes so long."""
    if not delay_s:
        yield access
        return
    server = urlsplit(cluster_at(access).server)
    with Relay(str(server.hostname), server.port or 443, delay_s=delay_s) as relay:
        yield through(access, relay.port, folder)


def theirs(what: str, names: list[str], namespace: str, access: Access) -> Told:
    command = [sys.executable, "-m", "benchmarks._chaosk8s", what, namespace, *names]
    done = subprocess.run(command, env=asking(access), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def asking(access: Access) -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": str(access.kubeconfig)}


def experiment(what: str, namespace: str, count: int) -> dict[str, Any]:
    kind, action, arguments = {
        "pods": ("Pod", "pod.delete", {}),
        "deployments": ("Deployment", "workload.scale", {"replicas": 0}),
    }[what]
    return small_experiment(
        action,
        {"kubernetes": {"kind": kind, "namespace": namespace}},
        arguments,
        stages=[count],
        hold_s=2,
        blast_radius={"max_targets": count, "max_share": "100%", "max_duration": "15 min"},
        recover_within="10 min",
    )


def ours(what: str, count: int, namespace: str, access: Access, folder: Path) -> Told:
    """Seconds and MiB of a plan, and of a run."""
    file = experiment(what, namespace, count)
    path = folder / "experiment.json"
    path.write_text(json.dumps(file))
    begin_s = time.monotonic()
    subprocess.run(seatrial("plan", str(path)), env=asking(access), capture_output=True, check=True)
    plan_s = time.monotonic() - begin_s
    environment = {"KUBECONFIG": str(access.kubeconfig)}
    with LiveRun(folder / "run", file, environment=environment) as live:
        await_applied(live, count)
        memory_mib = own_memory_mib(live.pids().values())
        code = live.exit_code(READY_WITHIN_S)
        # Where controllers have not ended all pods in time the run is inconclusive.
        assert code in (0, 4), live.said[-2000:]
        live.await_over()
        began = {entry["phase"]: entry["t_s"] for entry in live.entries("phase_started")}
        undone = live.entries("undone")
        assert len(undone) == count
        assert {entry["result"] for entry in undone} == {"restored"}
        return {
            "plan_s": plan_s,
            "apply_s": live.entries("applied")[-1]["t_s"] - began["fault"],
            "undo_s": undone[-1]["t_s"] - began["undo"] if what == "deployments" else 0.0,
            "memory_mib": memory_mib,
        }


def await_applied(live: LiveRun, count: int) -> None:
    """Looked at seldom, for it costs what is measured."""
    live.await_entry("run_started", timeout_s=READY_WITHIN_S)
    while (
        live.run.journal_path.read_bytes().count(b'"kind":"applied"') < count and live.process.poll() is None
    ):
        threading.Event().wait(0.5)


def watching(namespace: KubeNamespace) -> Told:
    """What a process costs that watches all pods and is asked for them each second, and nothing happens."""
    code = (
        "import resource, sys, anyio\n"
        "from seatrial.kube.access import find_access\n"
        "from seatrial.kube.client import connect\n"
        "from seatrial.kube.reflector import Reflector\n"
        "from seatrial.kube.states import of_pods\n"
        "def cpu_s():\n"
        "    used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "    return used.ru_utime + used.ru_stime\n"
        "async def main():\n"
        "    async with connect(find_access()) as client, anyio.create_task_group() as tasks:\n"
        "        pods = Reflector(client, sys.argv[1])\n"
        "        tasks.start_soon(pods.run)\n"
        "        await pods.wait()\n"
        "        begun_s = cpu_s()\n"
        "        for _ in range(int(sys.argv[2])):\n"
        "            await anyio.sleep(1)\n"
        "            found = of_pods(pods.objects())\n"
        "        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "        print(cpu_s() - begun_s, peak / 1024, found['ready'])\n"
        "        tasks.cancel_scope.cancel()\n"
        "anyio.run(main)\n"
    )
    path = f"/api/v1/namespaces/{namespace.name}/pods"
    command = [sys.executable, "-c", code, path, str(WATCHED_S)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return {"cpu_share": float(said[0]) / WATCHED_S, "memory_mib": float(said[1]), "pods": float(said[2])}


def row(what: str, pods: int, delay_s: float, mine: Told, other: Told | None) -> str:
    total_s = mine["plan_s"] + mine["apply_s"] + mine["undo_s"]
    delay = f"{1000 * delay_s:g} ms" if delay_s else "-"
    cells = [what, str(pods), delay, *(f"{mine[one]:.1f} s" for one in ("plan_s", "apply_s", "undo_s"))]
    cells += [f"{total_s:.1f} s", f"{mine['memory_mib']:.0f} MiB"]
    if other is None:
        cells += ["-", "-", "-"]
    else:
        other_s = other["apply_s"] + other["undo_s"]
        cells += [f"{other_s:.1f} s", f"{other['memory_mib']:.0f} MiB", f"{other_s / total_s:.1f}"]
    return f"| {' | '.join([*cells, f'{psutil.getloadavg()[0]:.1f}'])} |"


def measured(what: str, pods: int, *, compared: bool) -> Iterator[str]:
    """A row for each delay, theirs first, on the same objects."""
    deployments = OWNERS if what == "pods" else pods
    with populated(deployments, pods // deployments) as namespace:
        for delay_s in DELAYS_S if compared else DELAYS_S[:1]:
            with tempfile.TemporaryDirectory() as name, at(namespace.access, delay_s, Path(name)) as access:
                names = [f"d{number}" for number in range(deployments)]
                other = theirs(what, names, namespace.name, access) if compared else None
                settle(namespace, pods)
                mine = ours(what, pods, namespace.name, access, Path(name))
                settle(namespace, pods)
                yield row(what, pods, delay_s, mine, other)
        if compared and what == "pods":
            told = watching(namespace)
            yield f"Watching {told['pods']:.0f} pods at rest, looked at each second, takes "
            yield f"{told['cpu_share']:.1%} of a core and {told['memory_mib']:.0f} MiB."


def main() -> str:
    head = (
        "| hit | pods | delay | plan | apply | undo | together | memory "
        "| chaosk8s | its memory | times faster | load |"
    )
    rows: list[str] = []
    said: list[str] = []
    for pods, compared in ((1000, True), (2000, False)):
        for what in ("pods", "deployments"):
            for line in measured(what, pods, compared=compared):
                print(line, file=sys.stderr, flush=True)  # it takes half an hour
                (rows if line.startswith("|") else said).append(line)
    return "\n".join([head, "|---" * 12 + "|", *rows, "", "".join(said)])


if __name__ == "__main__":
    print(main())
