"""The shop's processes end, whatever becomes of their owner."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from seatrial.shop import Shop, owner

OWNER = """
import json, signal
from seatrial.shop import Shop
with Shop(replicas=1) as shop:
    print(json.dumps([shop.shop_id, shop.supervisor_pid, [each.pid for each in shop.replicas]]), flush=True)
    signal.pause()
"""


def processes_of(shop_id: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess):
            if shop_id in process.cmdline():
                found.append(process)
    return found


@contextlib.contextmanager
def all_end(shop_id: str, count: int, within_s: float) -> Iterator[None]:
    """Each of the shop's processes ends in time after what is done here."""
    pidfds = [os.pidfd_open(process.pid) for process in processes_of(shop_id)]
    try:
        assert len(pidfds) == count
        yield
        deadline_s = time.monotonic() + within_s
        for pidfd in pidfds:
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            assert poll.poll(max(deadline_s - time.monotonic(), 0) * 1000)
    finally:
        for pidfd in pidfds:
            os.close(pidfd)
    assert processes_of(shop_id) == []


def test_leaving_ends_everything_and_a_terminals_ctrl_c_does_not_reach_it() -> None:
    with Shop(replicas=1) as shop:
        processes = processes_of(shop.shop_id)
        assert len(processes) == 3
        assert {os.getpgid(process.pid) for process in processes} == {shop.supervisor_pid}
        assert shop.supervisor_pid != os.getpgid(0)
    assert processes_of(shop.shop_id) == []


def test_an_exception_ends_everything_and_is_kept() -> None:
    with pytest.raises(LookupError, match=r"^mine$"), Shop(replicas=1) as shop:
        raise LookupError("mine")
    assert processes_of(shop.shop_id) == []


def test_a_paused_replica_ends_too() -> None:
    with Shop(replicas=1) as shop:
        os.kill(shop.replicas[0].pid, signal.SIGSTOP)
    assert processes_of(shop.shop_id) == []


def test_a_paused_supervisor_is_killed_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "END_S_MAX", 0.2)
    with Shop(replicas=1) as shop:
        os.kill(shop.supervisor_pid, signal.SIGSTOP)
    assert processes_of(shop.shop_id) == []


def test_children_do_not_outlive_a_killed_supervisor() -> None:
    with Shop(replicas=1) as shop, all_end(shop.shop_id, 3, within_s=2):
        os.kill(shop.supervisor_pid, signal.SIGKILL)


@contextlib.contextmanager
def owned_elsewhere() -> Iterator[tuple[subprocess.Popen[str], str, int, list[int]]]:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            shop_id, supervisor_pid, replica_pids = json.loads(process.stdout.readline())
            yield process, shop_id, supervisor_pid, replica_pids
        finally:
            process.kill()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_dead_owner(how: signal.Signals) -> None:
    with owned_elsewhere() as (process, shop_id, _, _), all_end(shop_id, 3, within_s=2):
        process.send_signal(how)


def test_nothing_outlives_a_killed_owner_even_when_all_of_it_is_paused() -> None:
    with (
        owned_elsewhere() as (process, shop_id, supervisor_pid, replica_pids),
        all_end(shop_id, 3, within_s=2),
    ):
        for pid in (*replica_pids, supervisor_pid):
            os.kill(pid, signal.SIGSTOP)
        process.kill()


def test_a_shop_entered_in_a_thread_outlives_the_thread_but_not_the_context() -> None:
    shop = Shop(replicas=1)
    thread = threading.Thread(target=shop.__enter__)
    thread.start()
    thread.join()
    try:
        assert httpx.get(f"{shop.url}/products/1").status_code == 200
    finally:
        shop.__exit__(None, None, None)
    assert processes_of(shop.shop_id) == []
