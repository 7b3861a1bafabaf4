import os
import signal

import httpx
import psutil
import pytest

from seatrial.shop import Shop, ShopError
from seatrial.shop.child import Child, restart_delay_s


def test_a_killed_replica_comes_back_with_the_same_argv_and_another_pid() -> None:
    with Shop(replicas=1, restart_delay_s=0.1) as shop:
        before = shop.replicas[0]
        argv = psutil.Process(before.pid).cmdline()
        os.kill(before.pid, signal.SIGKILL)
        after = shop.wait_restarted(before)
        assert psutil.Process(after.pid).cmdline() == argv
        assert after.pid != before.pid
        assert (after.index, after.port, after.starts) == (0, before.port, 2)
        assert shop.replicas == [after]
        assert httpx.get(f"http://127.0.0.1:{after.port}/health").json()["pid"] == after.pid


def test_a_killed_front_comes_back_at_the_same_url() -> None:
    with Shop(replicas=1, restart_delay_s=0.1) as shop:
        before, url = shop.front, shop.url
        argv = psutil.Process(before.pid).cmdline()
        os.kill(before.pid, signal.SIGKILL)
        after = shop.wait_restarted(before)
        assert after.pid == shop.front_pid != before.pid
        assert psutil.Process(after.pid).cmdline() == argv
        assert httpx.get(f"{url}/products/1").status_code == 200


def test_no_restart_is_not_taken_for_one(shop: Shop) -> None:
    with pytest.raises(ShopError, match=r"^replica 0 was not restarted within 0.1 s"):
        shop.wait_restarted(shop.replicas[0], timeout_s=0.1)


def test_a_crash_loop_is_tried_ever_more_rarely() -> None:
    child = Child("replica", 0, 1, [])
    delays_s = []
    for _ in range(7):
        child.died(lived_s=0.2)
        delays_s.append(restart_delay_s(child.quick_deaths, 0.5))
    assert delays_s == [0.5, 1, 2, 4, 8, 10, 10]
    child.died(lived_s=5)
    assert restart_delay_s(child.quick_deaths, 0.5) == 0.5
    assert restart_delay_s(10_000, 20) == 20
