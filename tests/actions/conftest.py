"""What actions hit in tests: processes that nobody else has, hosts that are network namespaces."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from seatrial.targets import privileges, process
from seatrial.targets.target import ProcessTarget

Start = Callable[..., ProcessTarget]


@pytest.fixture
def start() -> Iterator[Start]:
    """`start(script)`: a shell that runs it, once it says that it is ready by writing a line."""
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str, name: str = "") -> ProcessTarget:
        line = ["/bin/sh", "-c", script, name or uuid.uuid4().hex]
        started.append(subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        output = started[-1].stdout
        assert output is not None
        assert output.readline() == b"ready\n"
        target = process.as_target(started[-1].pid)
        assert target is not None
        return target

    yield start
    for one in started:
        one.kill()
        one.communicate()


class Pair(NamedTuple):
    """Two hosts with a line between them."""

    here: str
    there: str
    here_address: str = "10.213.7.1"
    there_address: str = "10.213.7.2"


@pytest.fixture(scope="module")
def hosts() -> Iterator[Pair]:
    if privileges.missing("CAP_NET_ADMIN", "CAP_SYS_ADMIN") or os.geteuid() != 0:
        pytest.skip("this user may not make network namespaces")
    name = f"seatrial-{uuid.uuid4().hex[:6]}"
    pair = Pair(f"{name}-a", f"{name}-b")
    made: list[str] = []
    try:
        for host in pair[:2]:
            ip("netns", "add", host)
            made.append(host)
            ip("-n", host, "link", "set", "lo", "up")
        ip("-n", pair.here, "link", "add", "up0", "type", "veth", "peer", "name", "up0", "netns", pair.there)
        for host, address in ((pair.here, pair.here_address), (pair.there, pair.there_address)):
            ip("-n", host, "address", "add", f"{address}/24", "dev", "up0")
            ip("-n", host, "link", "set", "up0", "up")
        yield pair
    finally:
        for host in made:
            ip("netns", "delete", host)


def ip(*words: str) -> None:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("ip is missing: apt-get install iproute2")
    if done.returncode != 0:
        pytest.skip(f"no network namespaces here: {done.stderr}")


@pytest.fixture
def _network_programs(require_program: Callable[..., Path]) -> None:
    require_program("nft", package="nftables")
    require_program("ip", package="iproute2")
