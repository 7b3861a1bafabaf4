"""chaostoolkit-prometheus against a real Prometheus: as a probe, and in a Chaos Toolkit file."""

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from seatrial.pack import load_packs
from seatrial.reading import Unknown, Value
from seatrial.shop.monitor import Monitor
from seatrial.testing.live_run import LiveRun
from tests.prometheus.conftest import played, steady, wall_s
from tests.toolkit.experiments import experiment, probe, python

pytestmark = pytest.mark.skipif(find_spec("chaosprometheus") is None, reason="an extra of its own")
RATE = "sum(rate(requests_total[30s]))"
SHARE = 'sum(rate(requests_total{code="500"}[60s])) / sum(rate(requests_total[60s]))'
FIRST = "$.data.result[0].value[1]"


@pytest.fixture
def prometheus(tmp_path: Path, require_program: Callable[..., Path]) -> Iterator[Monitor]:
    """One target with 50 requests a second, of which one in ten fails, scraped every second."""
    require_program("prometheus")
    folder, now_s = tmp_path / "prometheus", wall_s()
    folder.mkdir()
    with played(folder, [steady(now_s, "a", bad_share=0.1)], now_s) as server:
        yield server


def asking(url: str, func: str = "query", json_path: str | None = FIRST, **arguments: Any) -> Any:
    keys = {
        "module": "chaosprometheus.probes",
        "func": func,
        "arguments": arguments,
        "configuration": {"prometheus_base_url": url},
        "json_path": json_path,
        "timeout": "10 s",
    }
    return load_packs().probes["chaostoolkit"].model_validate(keys)


@pytest.mark.anyio
async def test_as_a_probe(prometheus: Monitor) -> None:
    rate = await asking(prometheus.url, query=RATE).read()
    assert isinstance(rate, Value)
    assert rate.values["value"] == pytest.approx(50, rel=0.3)
    share = await asking(prometheus.url, query=SHARE).read()
    assert isinstance(share, Value)
    assert share.values["value"] == pytest.approx(0.1, rel=0.5)


@pytest.mark.anyio
async def test_over_an_interval(prometheus: Monitor) -> None:
    probe = asking(
        prometheus.url,
        "query_interval",
        "$.data.result[0].values[0][1]",
        query="vector(7)",
        start="1 minute ago",
        end="now",
    )
    assert await probe.read() == Value(values={"value": 7.0})


@pytest.mark.anyio
async def test_what_cannot_be_told_is_unknown(prometheus: Monitor) -> None:
    nothing = await asking(prometheus.url, query="no_such_metric").read()
    assert nothing == Unknown(reason="nothing in the answer is at json_path")
    broken = await asking(prometheus.url, query="sum(").read()
    assert isinstance(broken, Unknown)
    assert "failed" in broken.reason
    mean = await asking(prometheus.url, "compute_mean", None, query=RATE, window="1 minute ago").read()
    assert isinstance(mean, Unknown), "the driver itself fails there"
    assert "TypeError" in mean.reason
    nobody = await asking("http://127.0.0.1:1", query=RATE).read()
    assert isinstance(nobody, Unknown)
    assert "ConnectionError" in nobody.reason


def test_in_a_chaos_toolkit_file(prometheus: Monitor, tmp_path: Path) -> None:
    arguments = {"arguments": {"query": "vector(3)"}}
    document = experiment(
        [python("rate", "chaosprometheus.probes:query", "probe", arguments={"query": RATE})],
        probes=[
            probe(
                "three",
                "chaosprometheus.probes:query",
                {"type": "jsonpath", "path": "$.data.result[0].value[1]", "expect": ["3"]},
                **arguments,
            ),
            probe(
                "a vector",
                "chaosprometheus.probes:query",
                {"type": "regex", "target": "status", "pattern": "^success$"},
                **arguments,
            ),
        ],
        configuration={"prometheus_base_url": prometheus.url},
    )
    with LiveRun(tmp_path / "live", document) as live:
        live.exit_code()
        journal = json.loads((live.run.folder / "journal.json").read_text())
    assert journal["steady_states"]["after"]["steady_state_met"] is True, live.said
    (rate,) = journal["run"]
    assert rate["status"] == "succeeded"
    (series,) = rate["output"]["data"]["result"]
    assert float(series["value"][1]) == pytest.approx(50, rel=0.3)
