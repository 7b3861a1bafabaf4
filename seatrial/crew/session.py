"""All processes of a session: what a hand and its children started, whatever groups they made."""

import contextlib
import os
import signal
from collections.abc import Collection


def members(session_id: int) -> set[int]:
    """The pids of its living processes."""
    return {int(name) for name in os.listdir("/proc") if name.isdigit() and _is_in(session_id, name)}


def _is_in(session_id: int, pid: str) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  thousands of them: pathlib takes twice as long
            state, _, _, session, *_ = file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return int(session) == session_id and state not in (b"Z", b"X")


def kill(session_id: int, spare: Collection[int] = ()) -> None:
    """SIGKILL to all of them but those to spare, until none is left: one may fork meanwhile."""
    while pids := members(session_id).difference(spare):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
