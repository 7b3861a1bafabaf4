"""The API server is killed while guardians in the cluster watch over a run, or are at its undo."""

import threading
from pathlib import Path

import pytest

from seatrial.testing.kube_namespace import KubeNamespace
from seatrial.testing.live_run import LiveRun
from tests.crashes import crashing
from tests.crashes.crashing import Crashable
from tests.guardian.conftest import COUNT, all_applied, experiment, hit, made_for_guardians

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(400)]
LEASE_S = 5.0


def test_a_runner_goes_on_where_it_is_back_within_the_lease(
    sleepers: KubeNamespace, api: Crashable, tmp_path: Path
) -> None:
    file = experiment(sleepers, 12, guardian={"cluster": {"lease": "20 s"}})
    with LiveRun(tmp_path / "run", file) as live:
        all_applied(live)
        api.crash()
        threading.Event().wait(2.0)
        api.revive()
        assert live.exit_code(200) in {0, 4}, live.said
        assert live.entries("stopped") == [], live.said
        assert [entry["by"] for entry in live.entries("undone")] == ["runner"] * COUNT
    assert hit(sleepers) == []
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=60)


def test_a_run_whose_lease_lapsed_with_it_is_stopped_and_undone(
    injected: LiveRun, sleepers: KubeNamespace, api: Crashable
) -> None:
    api.crash()
    injected.await_entry("stopped", timeout_s=3 * LEASE_S)
    api.revive()
    assert injected.exit_code(200) == 4, injected.said
    assert "could not be renewed" in injected.said
    assert not injected.record().open_faults
    crashing.until_well(sleepers.access)
    assert hit(sleepers) == []
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=60)


def test_the_runners_machine_dies_together_with_it(
    injected: LiveRun, sleepers: KubeNamespace, api: Crashable
) -> None:
    api.crash()
    injected.kill("fuse", "guardian", "runner")
    threading.Event().wait(2 * LEASE_S)
    api.revive()
    crashing.until_well(sleepers.access)
    sleepers.until(lambda: not hit(sleepers), within_s=60)
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=60)


def test_guardians_go_on_with_an_undo_that_it_has_cut_short(
    injected: LiveRun, sleepers: KubeNamespace, api: Crashable
) -> None:
    injected.kill("fuse", "guardian", "runner")
    sleepers.until(lambda: len(hit(sleepers)) < COUNT)
    api.crash()
    threading.Event().wait(2.0)
    api.revive()
    crashing.until_well(sleepers.access)
    sleepers.until(lambda: not hit(sleepers), within_s=60)
    sleepers.until(lambda: not made_for_guardians(sleepers), within_s=60)
