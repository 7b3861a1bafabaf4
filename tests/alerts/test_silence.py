"""silence: on a real Alertmanager, from before the first fault until nothing is there to be hidden."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.alerts import silences as engine
from seatrial.files.problem import InvalidFile
from seatrial.plan.resolve import make_plan
from seatrial.prometheus.alertmanager import AlertmanagerServer
from seatrial.testing import ActionConformance
from seatrial.testing.small_experiment import small_experiment
from tests.alerts.conftest import alertmanager, require, silences
from tests.net.server import free_port
from tests.run.runs import written

NOTHING: Any = {"run": "true", "undo": "true"}


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require("prometheus-alertmanager")
    with alertmanager(tmp_path_factory.mktemp("alertmanager")) as address:
        yield f"http://{address}"


@pytest.mark.slow
class TestSilence(ActionConformance):
    @pytest.fixture
    def target(self, action: Any) -> Any:
        return action.subject()

    @pytest.fixture
    def action(self, manager: str) -> Any:
        self.url = manager
        return self.make(
            "silence",
            matchers={"service": "shop"},
            alertmanager={"url": manager, "timeout": "4 s"},
            quiet="0 s",
        )

    def snapshot(self, target: Any) -> object:
        return sorted((one["createdBy"], str(one["matchers"])) for one in silences(self.url))

    def foreign_change(self, target: Any, state: Any) -> None:
        server = AlertmanagerServer(url=self.url)
        engine.end(server, state.by)
        engine.begin(server, {"service": "shop"}, "somebody else", state.ends_at)


def test_a_silence_is_found_by_who_made_it_and_ended(manager: str) -> None:
    server = AlertmanagerServer(url=manager)
    ends_at = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)).isoformat()
    for by in ("seatrial a", "seatrial b"):
        engine.begin(server, {"service": "cart"}, by, ends_at)
    engine.end(server, "seatrial a")
    assert [engine.count(server, by) for by in ("seatrial a", "seatrial b")] == [0, 1]
    engine.end(server, "seatrial b")
    assert engine.hidden(server, (), {"service": "cart"}) == ""


@pytest.mark.parametrize(
    ("silence", "told"),
    [
        ({"matchers": {"alertname": "Errors", "severity": "page"}}, "add a label such as"),
        ({"matchers": {"service": ""}}, "has no value"),
        ({"matchers": {}}, "is empty"),
        ({"matchers": {"service": "shop"}, "alertmanager": {"url": "nowhere"}}, "a whole address"),
    ],
)
def test_what_would_silence_others_too_is_refused(tmp_path: Path, silence: Any, told: str) -> None:
    more: dict[str, Any] = {"alertmanager": {"url": "http://127.0.0.1:9"}, "silence": [silence]}
    with pytest.raises(InvalidFile) as why:
        written(tmp_path, small_experiment("command", {"host": {}}, NOTHING) | more)
    assert told in str(why.value.problems)


def test_nobody_to_be_asked_is_told_before_the_run(tmp_path: Path) -> None:
    silence: dict[str, Any] = {"silence": [{"matchers": {"service": "shop"}}]}
    with pytest.raises(InvalidFile, match="an Alertmanager is needed"):
        written(tmp_path, small_experiment("command", {"host": {}}, NOTHING) | silence)
    gone = {"alertmanager": {"url": f"http://127.0.0.1:{free_port()}"}, **silence}
    plan = make_plan(written(tmp_path, small_experiment("command", {"host": {}}, NOTHING) | gone))
    (refusal,) = plan.forbidden
    assert "Alertmanager: connection refused" in refusal
