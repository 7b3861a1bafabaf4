"""Parts of a cluster that tests crash, by commands of whoever made it: no test knows how one is made."""

import contextlib
import os
import shlex
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator

import pytest

from seatrial.kube.access import Access
from seatrial.kube.cluster import cluster_at
from seatrial.kube.failures import KubeError
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import is_ready
from tests.conftest import OURS

_BACK_WITHIN_S = 120.0
_NODE_GONE_WITHIN_S = 90.0


class Crashable:
    """One part. `crash` returns once it is dead; `revive` once it has been started."""

    def __init__(self, crash: str, revive: str) -> None:
        self._crash = shlex.split(crash)
        self._revive = shlex.split(revive)

    def crash(self) -> None:
        _call(self._crash)

    def revive(self) -> None:
        _call(self._revive)


def _call(command: list[str]) -> None:
    """What it starts outlives the test, and must not be taken for what the test has left."""
    given = {name: value for name, value in os.environ.items() if name != OURS}
    with tempfile.TemporaryFile("w+") as said:  # no pipe, whose end would be that of what was started
        done = subprocess.run(command, stdout=said, stderr=said, env=given, timeout=120, check=False)
        said.seek(0)
        assert done.returncode == 0, f"{shlex.join(command)} ended with {done.returncode}: {said.read()}"


def commands(part: str, **words: str) -> Crashable:
    """SEATRIAL_CRASH_… and SEATRIAL_REVIVE_…; without them a skip."""
    names = [f"SEATRIAL_{verb}_{part}" for verb in ("CRASH", "REVIVE")]
    if missing := [name for name in names if name not in os.environ]:
        pytest.skip(
            f"{' and '.join(missing)} name no commands that end this part of the cluster and start it"
        )
    return Crashable(*(os.environ[name].format(**words) for name in names))


@contextlib.contextmanager
def _there_again(access: Access, part: Crashable) -> Iterator[Crashable]:
    """At the end, with all of the cluster's nodes."""
    try:
        yield part
    finally:
        part.revive()
        until_well(access)


def api_server(access: Access) -> contextlib.AbstractContextManager[Crashable]:
    """The API server, there again at the end with all of its nodes."""
    return _there_again(access, commands("API"))


def node(access: Access, name: str) -> contextlib.AbstractContextManager[Crashable]:
    """A node with all that runs on it, ready again at the end."""
    return _there_again(access, commands("NODE", node=name))


def until_well(access: Access) -> None:
    """Wait until the API answers, and every node is ready."""
    give_up_s = time.monotonic() + _BACK_WITHIN_S
    while why := _ailing(access):
        assert time.monotonic() < give_up_s, f"not well within {_BACK_WITHIN_S:g} s: {why}"
        threading.Event().wait(0.2)


def _ailing(access: Access) -> str:
    try:
        cluster_at(access).get("/readyz")
        nodes = cluster_at(access).list_all(KINDS["Node"].collection())
    except KubeError as error:
        return str(error)
    return " ".join(one["metadata"]["name"] for one in nodes if not is_ready(one))


def until_not_ready(access: Access, name: str) -> None:
    """Wait until the cluster has noticed that a node is dead."""
    give_up_s = time.monotonic() + _NODE_GONE_WITHIN_S
    while is_ready(cluster_at(access).get(KINDS["Node"].path(None, name))):
        assert time.monotonic() < give_up_s, f"{name} is ready still"
        threading.Event().wait(0.2)
