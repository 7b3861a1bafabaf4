"""From SIGKILL of runner, guardian and fuse until two Pods in the cluster have undone everything.

    SEATRIAL_IMAGE=... python -m benchmarks.cluster_guardian [--runs N] [--deployments N] [--lease SECONDS]

On the cluster that KUBECONFIG names, in namespaces of its own. `--crash COMMAND --revive COMMAND` ends one of
the guardians' nodes at the same moment; `{node}` in them is its name.
"""

import argparse
import os
import shlex
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from seatrial.kube.access import find_access
from seatrial.testing.kube_namespace import KubeNamespace, kube_namespace, sleeper
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment

RESULTS = Path(__file__).parent / "results" / "cluster_guardian.md"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--deployments", type=int, default=20)
    parser.add_argument("--lease", type=float, default=5.0)
    parser.add_argument("--crash", default="")
    parser.add_argument("--revive", default="")
    asked = parser.parse_args()
    took: list[float] = []
    loads: list[float] = []
    for _ in range(asked.runs):
        loads.append(os.getloadavg()[0])
        took.append(one_run(asked.deployments, asked.lease, asked.crash, asked.revive))
        print(f"all undone {took[-1]:.2f} s after the kill, load {loads[-1]:.1f}", flush=True)
    write(asked, took, loads)


def one_run(deployments: int, lease_s: float, crash: str, revive: str) -> float:
    """Seconds from the kill until every deployment is as before."""
    with kube_namespace(find_access()) as namespace, tempfile.TemporaryDirectory() as folder:
        for number in range(deployments):
            namespace.add(sleeper(f"d{number}"))
        where: dict[str, Any] = {"kind": "Deployment", "namespace": namespace.name, "labels": "part=sleepers"}
        more: dict[str, Any] = {"stages": ["100%"], "guardian": {"cluster": {"lease": f"{lease_s:g} s"}}}
        file = small_experiment(
            "workload.scale", {"kubernetes": where}, {"replicas": 0}, hold_s=55, recover_within="30 s", **more
        )
        with LiveRun(Path(folder), file) as live:
            while not list(live.store.runs()) and live.process.poll() is None:
                threading.Event().wait(0.1)
            live.await_entry("applied", nth=deployments, timeout_s=200)
            node = a_guardians_node(namespace)
            killed_s = live.kill("fuse", "guardian", "runner")
            try:
                if crash:
                    call(crash.format(node=node))
                while hit(namespace):
                    threading.Event().wait(0.05)
                return time.monotonic() - killed_s
            finally:
                if crash:
                    call(revive.format(node=node))


def hit(namespace: KubeNamespace) -> bool:
    return any(
        "seatrial.io/run" in one["metadata"]["labels"] or one["spec"]["replicas"] != 1
        for one in namespace.all("Deployment")
    )


def a_guardians_node(namespace: KubeNamespace) -> str:
    pods = namespace.all("Pod", "seatrial.io/own=guardian")
    return max(str(pod["spec"]["nodeName"]) for pod in pods)


def call(command: str) -> None:
    subprocess.run(shlex.split(command), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write(asked: argparse.Namespace, took: list[float], loads: list[float]) -> None:
    """Add a row to the table; it has a title where there is none yet."""
    if not RESULTS.exists():
        RESULTS.write_text(
            "# Undone by guardians in the cluster\n\n"
            "From SIGKILL of runner, local guardian and fuse until every Deployment is as before, by\n"
            "`python -m benchmarks.cluster_guardian`. The promise is: lease + 2 s. Runner, cluster and\n"
            "nodes share one machine; its load average per core says how long everything had to wait.\n\n"
            "| deployments | lease s | a node crashed too | runs | median s | worst s | load per core |\n"
            "|---|---|---|---|---|---|---|\n"
        )
    crashed = "yes" if asked.crash else "no"
    load = statistics.median(loads) / (os.cpu_count() or 1)
    row = [asked.deployments, f"{asked.lease:g}", crashed, len(took)]
    row += [f"{statistics.median(took):.2f}", f"{max(took):.2f}", f"{load:.1f}"]
    with RESULTS.open("a") as file:
        file.write(f"| {' | '.join(map(str, row))} |\n")


if __name__ == "__main__":
    main()
