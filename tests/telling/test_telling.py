"""What a run tells others: taken by a real Prometheus, by OTLP's own definitions and by Grafana's API."""

import datetime
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from seatrial.shop.monitor import Monitor
from seatrial.telling.remote_write import HEADERS, encoded
from seatrial.telling.state import Sample
from seatrial.testing.fake_grafana import FakeGrafana
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment
from seatrial.verdict.verdict import Outcome
from tests.alerts.conftest import serving
from tests.net.server import free_port
from tests.run.runs import run

TOKEN = "glsa_very-secret-0001"
NOTHING: Any = {"run": "true", "undo": "true"}


def experiment(tell: dict[str, Any], hold_s: float = 1.0) -> dict[str, Any]:
    return small_experiment("command", {"host": {}}, NOTHING, hold_s=hold_s) | {"tell": tell}


@pytest.fixture
def receiver(tmp_path: Path, require_program: Callable[..., Path]) -> Iterator[Monitor]:
    require_program("prometheus")
    folder = tmp_path / "prometheus"
    folder.mkdir()
    with Monitor([], folder=folder, arguments=["--web.enable-remote-write-receiver"]) as monitor:
        yield monitor


def grafana_at(grafana: FakeGrafana) -> dict[str, Any]:
    return {"url": grafana.url, "auth": {"bearer": "${env:GRAFANA_TOKEN}"}, "tags": ["shop"]}


def test_everybody_is_told(tmp_path: Path, receiver: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    told: list[bytes] = []

    def heard(body: bytes) -> str:
        told.append(body)
        return "{}"

    with FakeGrafana(TOKEN) as grafana, serving(heard) as collector:
        tell = {
            "otlp": {"url": f"http://{collector}"},
            "remote_write": {"url": f"{receiver.url}/api/v1/write"},
            "grafana": grafana_at(grafana),
            "labels": {"service": "shop"},
        }
        record = run(tmp_path, experiment(tell))
    assert record.verdict.outcome is Outcome.PASSED, record.verdict.reasons
    assert not record.notes

    named = f'run="{record.run_id}",service="shop",job="seatrial"'
    assert receiver.knows(quote(f'max_over_time(seatrial_run_phase{{{named},phase="fault"}}[5m]) == 1'))
    in_place = f'seatrial_faults_in_place{{action="command",{named}}}'
    assert receiver.knows(quote(f"max_over_time({in_place}[5m]) == 1"))
    assert receiver.knows(quote(f'seatrial_run_outcome{{outcome="passed",{named}}} == 1'))
    assert receiver.knows(quote(f"{in_place} == 0"))

    gauges = gauges_of(told[-1])
    assert gauges["seatrial_run_outcome"] == {str(one): float(one is Outcome.PASSED) for one in Outcome}
    assert any(gauges_of(body)["seatrial_run_phase"].get("fault") == 1.0 for body in told)

    (shown,) = grafana.annotations.values()
    assert not grafana.refused
    assert shown["tags"] == ["seatrial", f"seatrial:{record.run_id}", "shop"]
    assert 900 <= shown["timeEnd"] - shown["time"] <= 5000
    assert shown["text"].endswith("(command): passed")
    assert TOKEN not in "".join(path.read_text() for path in (tmp_path / "runs").rglob("journal.jsonl"))


def gauges_of(body: bytes) -> dict[str, dict[str, float]]:
    """By name the values by what they are about, as OTLP's own definitions understand the body."""
    request = json_format.Parse(body, ExportMetricsServiceRequest())
    (resource,) = request.resource_metrics
    names = {one.key: one.value.string_value for one in resource.resource.attributes}
    assert names["service.name"] == "seatrial"
    return {
        metric.name: {
            next(a.value.string_value for a in point.attributes if a.key in ABOUT): point.as_double
            for point in metric.gauge.data_points
            if any(a.key in ABOUT for a in point.attributes)
        }
        for metric in resource.scope_metrics[0].metrics
    }


ABOUT = ("phase", "action", "outcome")


@contextmanager
def mute() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.slow
def test_those_who_do_not_listen_hold_up_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", "another-token")
    with FakeGrafana(TOKEN) as grafana, mute() as silent:
        tell = {
            "otlp": {"url": silent, "timeout": "60 s"},
            "remote_write": {"url": f"http://127.0.0.1:{free_port()}"},
            "grafana": grafana_at(grafana),
        }
        record = run(tmp_path, experiment(tell))
    assert record.verdict.outcome is Outcome.PASSED
    assert [note for note in record.notes if "remote write is not told" in note] == [
        "remote write is not told of this run: connection refused"
    ]
    assert [note for note in record.notes if "Grafana" in note] == [
        'Grafana is not told of this run: it answered 401: {"message": "Unauthorized"}'
    ]


def test_a_long_body_is_whole(receiver: Monitor) -> None:
    """More than one literal of snappy."""
    now_ms = round(datetime.datetime.now(datetime.UTC).timestamp() * 1000)
    samples = [Sample(f"long_{number}", {"text": "x" * 1000}, number) for number in range(200)]
    body = encoded(samples, "here", now_ms)
    answer = httpx.post(f"{receiver.url}/api/v1/write", content=body, headers=HEADERS, timeout=10)
    assert answer.status_code == 204, answer.text
    assert all(receiver.knows(quote(f"long_{number} == {number}")) for number in (0, 63, 64, 199))


@pytest.mark.slow
def test_the_guardian_tells_the_end_of_a_run_that_died(tmp_path: Path) -> None:
    with FakeGrafana(TOKEN) as grafana:
        file = experiment({"grafana": grafana_at(grafana)}, hold_s=30)
        with LiveRun(tmp_path, file, environment={"GRAFANA_TOKEN": TOKEN}) as live:
            live.await_entry("applied")
            live._await(lambda: grafana.annotations or None, "an annotation")
            live.kill("runner")
            live.exit_code()
            live.await_over()
        (shown,) = grafana.annotations.values()
        assert shown["timeEnd"] > shown["time"]
        assert shown["text"].endswith(": inconclusive")
