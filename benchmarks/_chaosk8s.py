"""The Chaos Toolkit's drivers for Kubernetes on all objects of a namespace, as an experiment calls them.

    python -m benchmarks._chaosk8s pods|deployments NAMESPACE [NAME…]

Says as JSON how long its calls took, with nothing of interpreter, imports or selection, and its peak memory.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence

from chaosk8s.deployment.actions import scale_deployment
from chaosk8s.pod.actions import terminate_pods


def took_s(call: Callable[[], object]) -> float:
    begin_s = time.monotonic()
    call()
    return time.monotonic() - begin_s


def scale(names: Sequence[str], namespace: str, replicas: int) -> None:
    for name in names:
        scale_deployment(name, replicas, namespace)


def main() -> None:
    what, namespace, *names = sys.argv[1:]
    if what == "pods":
        apply_s = took_s(lambda: terminate_pods(all=True, ns=namespace))
        undo_s = 0.0
    else:
        apply_s = took_s(lambda: scale(names, namespace, 0))
        undo_s = took_s(lambda: scale(names, namespace, 1))
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"apply_s": apply_s, "undo_s": undo_s, "memory_mib": memory_mib}))


if __name__ == "__main__":
    main()
