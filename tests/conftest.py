"""What every test shares: programs that must be there, and no process left behind."""

import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from seatrial.kube.access import Access
    from seatrial.testing.kube_namespace import KubeNamespace

ROOT = Path(__file__).resolve().parent.parent
OURS = "SEATRIAL_PYTEST_PID"
"""In the environment of every process that a test starts, so that an orphan is still known as ours."""
GRACE_S = 2.0
"""How long a process that was told to end may take before it counts as left."""

# Tests run beside others on two cores, so how long one example takes says nothing.
settings.register_profile("seatrial", deadline=None)
settings.load_profile("seatrial")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """SEATRIAL_SLOW_ONE_IN=8: of the slow tests one in eight, by its name: the same ones everywhere."""
    one_in = int(os.environ.get("SEATRIAL_SLOW_ONE_IN", "1"))
    left_out = {
        item
        for item in items
        if item.get_closest_marker("slow") and zlib.crc32(item.nodeid.encode()) % one_in != 0
    }
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def require_program() -> Callable[..., Path]:
    """`require_program("nginx")`: the program's path; without it, a skip here and a failure in CI.

    `package` is the Debian package where its name is another.
    """

    def require(name: str, *, package: str | None = None) -> Path:
        wanted = package or name
        listed = {
            line.split("#")[0].strip() for line in (ROOT / ".ci/debian-packages").read_text().splitlines()
        }
        assert wanted in listed, f"add {wanted} to .ci/debian-packages, or CI will not have it"
        found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if found is None and os.environ.get("CI"):
            pytest.fail(f"{name} is missing in CI, though {wanted} is in .ci/debian-packages")
        if found is None:
            pytest.skip(f"{name} is missing: apt-get install {wanted}")
        return Path(found)

    return require


@pytest.fixture(scope="session")
def systemd() -> None:
    """Root on a machine that systemd runs; elsewhere a skip, for tests/systemd makes such a machine."""
    if os.geteuid() == 0 and Path("/run/systemd/system").is_dir():
        return
    if os.environ.get("SEATRIAL_TESTS_NEED_SYSTEMD"):
        pytest.fail("the machine that was made for this test has no systemd")
    pytest.skip("root on a machine that systemd runs; tests/systemd runs it on one of its own")


@pytest.fixture(scope="session")
def kube_access() -> "Access":
    """The cluster that KUBECONFIG names; without one, a skip here and a failure in CI."""
    from seatrial.errors import InvalidInput
    from seatrial.kube.access import find_access
    from seatrial.kube.cluster import cluster_at
    from seatrial.kube.failures import KubeError

    try:
        access = find_access()
        cluster_at(access).get("/version")
    except (InvalidInput, KubeError) as error:
        if os.environ.get("SEATRIAL_TESTS_NEED_KUBERNETES"):
            pytest.fail(f"the cluster of CI does not answer: {error}")
        pytest.skip(f"no Kubernetes: {error}; `kind create cluster` makes one")
    return access


@pytest.fixture
def namespace(kube_access: "Access") -> "Iterator[KubeNamespace]":
    """A namespace of the cluster that the test owns."""
    from seatrial.testing.kube_namespace import kube_namespace

    with kube_namespace(kube_access) as made:
        yield made


@pytest.fixture
def anyio_backend() -> str:
    """Tests marked `anyio` run on asyncio, as Seatrial does."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _no_process_left_by_the_session() -> Iterator[None]:
    os.environ[OURS] = str(os.getpid())
    yield from _leak_check()


@pytest.fixture(scope="session", autouse=True)
def _locks_of_this_session(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests hit made-up targets of the same names, in several processes at once."""
    os.environ["SEATRIAL_LOCKS"] = str(tmp_path_factory.mktemp("locks"))


@pytest.fixture(autouse=True)
def _no_process_left_by_the_test(_no_process_left_by_the_session: None) -> Iterator[None]:
    yield from _leak_check()


def _leak_check() -> Iterator[None]:
    before = _our_processes()
    yield
    left = [psutil.Process(pid) for pid, _ in _our_processes() - before if psutil.pid_exists(pid)]
    if not left:
        return
    _, left_after_grace = psutil.wait_procs(left, timeout=GRACE_S)
    names = [_describe(process) for process in left_after_grace]
    for process in left_after_grace:
        process.kill()
    psutil.wait_procs(left_after_grace, timeout=GRACE_S)
    assert not names, "processes left running:\n  " + "\n  ".join(names)


_strangers: set[str] = set()
"""Pids that were not ours at the last look. One is given again only after all others, not within a test."""


def _our_processes() -> set[tuple[int, str]]:
    """Pid and start time of our living children, theirs, and every orphan that inherited our mark.

    Read from /proc in one go, and of strangers only the name, for this runs twice a test.
    """
    parents: dict[int, int] = {}
    alive: dict[int, str] = {}
    there = {name for name in os.listdir("/proc") if name.isdigit()}
    _strangers.intersection_update(there)
    for name in there - _strangers:
        with suppress(OSError):
            state, parent, *rest = _read(name, "stat").rpartition(")")[2].split()
            parents[int(name)] = int(parent)
            if state not in "ZX":
                alive[int(name)] = rest[17]
    ours = {
        (pid, started)
        for pid, started in alive.items()
        if pid != os.getpid() and (_descends(pid, parents) or _marked(pid, started))
    }
    _strangers.update(str(pid) for pid in alive.keys() - {pid for pid, _ in ours} - {os.getpid()})
    return {one for one in ours if not _is_of_multiprocessing(*one)}


def _descends(pid: int, parents: dict[int, int]) -> bool:
    while pid := parents.get(pid, 0):
        if pid == os.getpid():
            return True
    return False


@cache
def _marked(pid: int, _started: str) -> bool:
    with suppress(OSError):
        return f"{OURS}={os.getpid()}" in _read(pid, "environ").split("\0")
    return False


@cache
def _is_of_multiprocessing(pid: int, _started: str) -> bool:
    """Its resource tracker lives as long as we do, by design."""
    with suppress(OSError):
        return "multiprocessing.resource_tracker" in _read(pid, "cmdline")
    return False


def _read(pid: int | str, name: str) -> str:
    with open(f"/proc/{pid}/{name}", errors="replace") as file:  # noqa: PTH123  pathlib takes twice as long
        return file.read()


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())}"
    except psutil.NoSuchProcess:
        return f"{process.pid} (just ended)"
