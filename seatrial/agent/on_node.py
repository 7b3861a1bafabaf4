"""An agent in a pod of its own on the target's node: it looks for the container, and enters its network."""

from contextlib import suppress
from pathlib import Path

from seatrial.errors import Fatal
from seatrial.proxy.nftables import enter_namespace


def main_process_of(container: str) -> int:
    """The pid, as seen on the node, of the container with this id; raises Fatal where there is none."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_in(int(entry.name), container) and _is_first(int(entry.name)):
            return int(entry.name)
    raise Fatal("the target's container does not run on this node")


def is_in(pid: int, container: str) -> bool:
    """Whether a process is one of the container's: by its cgroup, which is named after it."""
    with suppress(OSError):
        return container in Path(f"/proc/{pid}/cgroup").read_text()
    return False


def enter_network_of(pid: int) -> None:
    """From now on this process, and what it starts, is in the pod's network; raises Fatal."""
    try:
        enter_namespace(f"/proc/{pid}/ns/net")
    except OSError as error:
        raise Fatal(f"the pod's network cannot be entered: {error.strerror}") from error


def _is_first(pid: int) -> bool:
    """Pid 1 of its own namespace, which is not the node's."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        pids = next(line for line in lines if line.startswith("NSpid:")).split()[1:]
        return len(pids) > 1 and pids[-1] == "1"
    return False
