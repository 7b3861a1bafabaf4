"""The API's own priority and fairness lets guardians have next to nothing, and answers 429 to the rest."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.testing.kube_namespace import KubeNamespace, sleeper
from seatrial.testing.live_run import LiveRun
from tests.guardian.conftest import experiment, hit, made_for_guardians

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]
GROUP = "flowcontrol.apiserver.k8s.io/v1"
LEVELS = f"/apis/{GROUP}/prioritylevelconfigurations"
SCHEMAS = f"/apis/{GROUP}/flowschemas"
MANY = 40
LEASE_S = 5.0
WITHIN_S = 20.0
"""After the lease has lapsed; the server asks those whom it sends away for a second's pause."""
Shares = Callable[[int], None]


@pytest.fixture
def shares(sleepers: KubeNamespace) -> Iterator[Shares]:
    """Of the some 600 requests that a server does at once: 1 is a handful, 0 none at all."""
    cluster, name = sleepers.cluster, sleepers.name
    limited: dict[str, Any] = {
        "nominalConcurrencyShares": 1,
        "lendablePercent": 0,
        "borrowingLimitPercent": 0,
    }
    spec: dict[str, Any] = {"type": "Limited", "limited": {**limited, "limitResponse": {"type": "Reject"}}}
    data = {"apiVersion": GROUP, "metadata": {"name": name}}
    cluster.create(LEVELS, {**data, "kind": "PriorityLevelConfiguration", "spec": spec})
    everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"]}
    rule = {
        "subjects": [{"kind": "ServiceAccount", "serviceAccount": {"namespace": name, "name": "*"}}],
        "resourceRules": [{**everything, "clusterScope": True}],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
    }
    chosen = {"priorityLevelConfiguration": {"name": name}, "matchingPrecedence": 100, "rules": [rule]}
    cluster.create(SCHEMAS, {**data, "kind": "FlowSchema", "spec": chosen})
    where = "/spec/limited/nominalConcurrencyShares"
    try:
        yield lambda number: cluster.patch(
            f"{LEVELS}/{name}", [{"op": "replace", "path": where, "value": number}]
        )
    finally:
        for collection in (SCHEMAS, LEVELS):
            cluster.delete(f"{collection}/{name}")


@pytest.fixture
def many(sleepers: KubeNamespace, shares: Shares, tmp_path: Path) -> Iterator[LiveRun]:
    """A run that holds its faults on many, whose guardians are sent away most of the time."""
    for number in range(MANY):
        manifest = sleeper(f"more-{number}")
        manifest["spec"]["template"]["spec"]["nodeSelector"] = {"seatrial.io/nowhere": "true"}
        sleepers.add(manifest)
    with LiveRun(tmp_path / "run", experiment(sleepers, 55)) as live:
        sleepers.until(lambda: list(live.store.runs()) or live.process.poll() is not None, 200)
        live.await_entry("applied", nth=MANY, timeout_s=200)
        yield live


def sent_away(namespace: KubeNamespace) -> int:
    """How many requests were answered with 429 by this level."""
    line = rf'^apiserver_flowcontrol_rejected_requests_total{{flow_schema="{namespace.name}".*}} (\S+)$'
    return round(sum(map(float, re.findall(line, namespace.cluster.get("/metrics"), re.MULTILINE))))


def test_next_to_nothing(many: LiveRun, sleepers: KubeNamespace) -> None:
    before = sent_away(sleepers)
    many.kill("fuse", "guardian", "runner")
    sleepers.until(lambda: not hit(sleepers), within_s=LEASE_S + WITHIN_S)
    assert sent_away(sleepers) > before + MANY
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=60)


def test_nothing_at_all_for_a_while(many: LiveRun, sleepers: KubeNamespace, shares: Shares) -> None:
    before = sent_away(sleepers)
    shares(0)
    many.kill("fuse", "guardian", "runner")
    sleepers.until(lambda: sent_away(sleepers) > before + 20)
    assert len(hit(sleepers)) >= MANY
    shares(1)
    sleepers.until(lambda: not hit(sleepers), within_s=LEASE_S + WITHIN_S)
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=60)
