"""The demo's Prometheus: it scrapes the shop, has its rules, and a made-up past for its promises."""

import datetime
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from seatrial.cli.console import tell
from seatrial.shop import Shop
from seatrial.shop.monitor import Monitor, let_be_counted

FRONT: Final = 'job="shop",tier="front"'
_BAD: Final = f'sum(rate(http_requests_total{{{FRONT},code=~"5.."}}[10s]))'
RULES: Final[list[dict[str, Any]]] = [
    {
        "alert": "ShopErrors",
        "expr": f"{_BAD} / sum(rate(http_requests_total{{{FRONT}}}[10s])) > 0.05",
        "labels": {"service": "shop", "severity": "page"},
    },
    {"alert": "ShopGone", "expr": f"up{{{FRONT}}} == 0", "for": "5s", "labels": {"service": "shop"}},
]
PAST_H: Final = 6
_PER_S, _BAD_IN, _EVERY_S = 100, 1000, 15


@contextmanager
def monitored(shop: Shop) -> Iterator[Monitor]:
    """One that knows the shop; raises ShopError where there is no Prometheus."""
    front = f"127.0.0.1:{shop.front.port}"
    replicas = [f"127.0.0.1:{one.port}" for one in shop.replicas]
    labels = {front: {"tier": "front"}, **{one: {"tier": "replica"} for one in replicas}}
    with tempfile.TemporaryDirectory(prefix="seatrial-prometheus-") as folder:
        _remember(Path(folder))
        with Monitor([front, *replicas], folder=Path(folder), rules=RULES, labels=labels) as monitor:
            tell(f"prometheus: {monitor.url}, which scrapes the shop every second")
            tell(f"  its last {PAST_H} h are made up: {_PER_S} requests a second, 1 in {_BAD_IN} bad")
            let_be_counted(shop.port, monitor)
            yield monitor


def _remember(folder: Path) -> None:
    """Write the past of a shop that nobody had."""
    from seatrial.testing.backfill import backfill

    end_s = datetime.datetime.now(datetime.UTC).timestamp() - 300
    begin_s = end_s - PAST_H * 3600
    labels = f'instance="past",{FRONT},method="GET",path="/products"'
    lines = []
    for t_s in range(int(begin_s), int(end_s), _EVERY_S):
        total = round((t_s - begin_s) * _PER_S)
        bad = total // _BAD_IN
        lines += [
            f'up{{instance="past",{FRONT}}} 1 {t_s}\n',
            f'http_requests_total{{{labels},code="200"}} {total - bad} {t_s}\n',
            f'http_requests_total{{{labels},code="503"}} {bad} {t_s}\n',
        ]
    backfill(folder, "".join(lines))
