"""The Locust file that ships for the shop, run by plain Locust."""

import json
import subprocess
import sys
from pathlib import Path

from seatrial.shop import Shop

LOCUSTFILE = Path(__file__).parents[2] / "experiments" / "shop_load.py"


def test_locust_loads_the_shop_without_an_error(shop: Shop) -> None:
    run = subprocess.run(
        [
            *(sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--host", shop.url, "--headless"),
            *("--users", "150", "--spawn-rate", "150", "--run-time", "2s", "--json", "--only-summary"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    stats = {(each["method"], each["name"]): each for each in json.loads(run.stdout)}
    assert stats.keys() == {("GET", "/products"), ("GET", "/products/{id}"), ("POST", "/orders")}
    assert sum(each["num_requests"] for each in stats.values()) > 50
    assert sum(each["num_failures"] for each in stats.values()) == 0
