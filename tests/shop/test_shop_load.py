"""The Locust file that ships for the shop, run by plain Locust."""

import json
import subprocess
import sys
from pathlib import Path

from seatrial.shop import Shop

LOCUSTFILE = Path(__file__).parents[2] / "experiments" / "shop_load.py"

HURRIED = f"""
import sys
import gevent
from locust import constant, events
sys.path.insert(0, {str(LOCUSTFILE.parent)!r})
import shop_load
class Hurried(shop_load.ShopUser):
    wait_time = constant(0)
@events.init.add_listener
def end_after_200_requests(environment, **_):
    @environment.events.request.add_listener
    def count(**_):
        if environment.stats.num_requests == 200:
            # Not in this user's own greenlet, which it ends.
            gevent.spawn(environment.runner.quit)
"""
"""The same users without their pauses, for a number of requests.

Not for a time: Locust's --run-time is short by what its start took, for its loop's clock stands still then.
"""


def test_locust_loads_the_shop_without_an_error(shop: Shop, tmp_path: Path) -> None:
    locustfile = tmp_path / "hurried.py"
    locustfile.write_text(HURRIED)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "locust", "-f", str(locustfile), "--host", shop.url, "--headless"),
            *("--users", "3", "--spawn-rate", "3", "--run-time", "20s", "--json", "--only-summary"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    stats = {(each["method"], each["name"]): each for each in json.loads(run.stdout)}
    assert stats.keys() == {("GET", "/products"), ("GET", "/products/{id}"), ("POST", "/orders")}
    assert sum(each["num_failures"] for each in stats.values()) == 0
