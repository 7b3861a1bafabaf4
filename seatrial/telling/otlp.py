"""Gauges in the JSON of OTLP over HTTP: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding"""

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from seatrial import __version__
from seatrial.telling.state import Sample


def encoded(samples: Iterable[Sample], instance: str, now_ms: int) -> bytes:
    """One export request."""
    gauges = [
        {"name": name, "gauge": {"dataPoints": [_point(one, now_ms) for one in same]}}
        for name, same in groupby(samples, key=lambda one: one.name)
    ]
    resource = {"service.name": "seatrial", "service.instance.id": instance, "service.version": __version__}
    scope = {"scope": {"name": "seatrial", "version": __version__}, "metrics": gauges}
    resource_metrics = {"resource": {"attributes": _attributes(resource)}, "scopeMetrics": [scope]}
    return json.dumps({"resourceMetrics": [resource_metrics]}).encode()


def _point(sample: Sample, now_ms: int) -> dict[str, Any]:
    return {
        "attributes": _attributes(sample.labels),
        "timeUnixNano": str(now_ms * 1_000_000),
        "asDouble": sample.value,
    }


def _attributes(given: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in given.items()]
