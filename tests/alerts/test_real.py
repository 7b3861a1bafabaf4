"""Alerting rules of a real Prometheus, and whom a real Alertmanager tells."""

import json
from pathlib import Path

import anyio
import pytest

from seatrial.alerts.looks import read_rules, why_impossible
from seatrial.alerts.rules import Rule, earliest_s
from seatrial.journal.alert_seen import AlertSeen
from seatrial.journal.entries import Entry
from seatrial.journal.writer import JournalWriter
from seatrial.model.alert import Alert
from seatrial.prometheus.alertmanager import AlertmanagerServer, open_alertmanager
from seatrial.prometheus.client import open_client
from seatrial.prometheus.server import PrometheusServer
from seatrial.run.alert_watch import AlertWatch
from tests.alerts.conftest import World, becomes
from tests.command_line import invoke
from tests.net.server import free_port

ALERTS = {
    0: Alert.model_validate({"expect": "Errors", "labels": {"service": "shop"}, "receiver": "pager"}),
    1: Alert(must_not_fire="Elsewhere"),
}


async def rules(world: World) -> list[Rule]:
    async with open_client(PrometheusServer(url=world.prometheus.url)) as client:
        return await read_rules(client)


def impossible(known: list[Rule], fault_s: float = 60, **alert: object) -> str | None:
    return why_impossible(Alert.model_validate(alert), known, fault_s)


@pytest.mark.anyio
async def test_what_cannot_be_is_told_before_the_run(world: World) -> None:
    known = await rules(world)
    assert impossible(known, expect="Errors") is None
    assert impossible(known, expect="Errors", labels={"service": "search"}) is not None
    assert "there is no alerting rule 'Erors'" in str(impossible(known, expect="Erors"))
    soon = str(impossible(known, expect="SlowToPage"))
    assert soon == "alert SlowToPage cannot fire before 10 min 1 s of an outage, and the fault lasts 60 s"
    assert impossible(known, must_not_fire="SlowToPage") is None
    assert [earliest_s(one) for one in known if one.name == "Errors"] == [pytest.approx(1.0)]


def test_rules_that_can_never_fire(world: World) -> None:
    path = world.folder / "e.yaml"
    path.write_text(
        "title: t\nhypothesis: h\n"
        f'prometheus: {{main: {{url: "{world.prometheus.url}"}}}}\n'
        'slis: {steady: {process: {pid: 4194304}, objective: "count == 0"}}\n'
    )
    assert becomes(lambda: "ok     Errors" in shown(path), 20)
    text = shown(path)
    assert "NEVER  Dead: no series is called r_duration_seconds for 1d" in text
    assert "NEVER  Misspelt: no series of r_total has a label 'cod'" in text
    assert "ok     Gone" in text
    result = invoke(["alerts", "--json", str(path)])
    assert result.exit_code == 4
    found = {one["name"]: one["never"] for one in map(json.loads, result.stdout.splitlines())}
    assert (found["Errors"], found["Dead"] is None) == (None, False)


def shown(path: Path) -> str:
    return invoke(["alerts", str(path)]).stdout


class Heard:
    """What was written down of alerts."""

    def __init__(self, folder: Path) -> None:
        self.entries: list[AlertSeen] = []
        self._news = anyio.Event()
        self.journal = JournalWriter.create(folder / "journal.jsonl", {})
        self.journal.watch(self._take)

    def _take(self, t_s: float, entry: Entry) -> None:
        if isinstance(entry, AlertSeen):
            self.entries.append(entry)
            self._news.set()
            self._news = anyio.Event()

    async def until(self, state: str, receivers: tuple[str, ...] = ()) -> AlertSeen:
        """The first alert is so, from now on."""
        with anyio.fail_after(40):
            while True:
                for one in self.entries:
                    if (one.alert, one.state) == (0, state) and set(receivers) <= set(one.receivers):
                        return one
                await self._news.wait()


@pytest.mark.anyio
async def test_an_alert_is_seen_to_fire_and_whom_it_tells(world: World, tmp_path: Path) -> None:
    heard = Heard(tmp_path)
    async with (
        open_client(PrometheusServer(url=world.prometheus.url)) as client,
        open_alertmanager(AlertmanagerServer(url=world.alertmanager)) as manager,
        anyio.create_task_group() as beside,
    ):
        beside.start_soon(AlertWatch(client, ALERTS, heard.journal, manager).run)
        await heard.until("inactive")
        world.flag.touch()
        await heard.until("firing", ("pager",))
        world.flag.unlink()
        heard.entries.clear()
        await heard.until("inactive")
        beside.cancel_scope.cancel()
    heard.journal.close()
    assert {one.state for one in heard.entries if one.alert == 1} <= {"inactive"}


@pytest.mark.anyio
async def test_a_server_that_is_gone_says_nothing_of_its_alerts(tmp_path: Path) -> None:
    heard = Heard(tmp_path)
    server = PrometheusServer(url=f"http://127.0.0.1:{free_port()}")
    async with open_client(server) as client, anyio.create_task_group() as beside:
        beside.start_soon(AlertWatch(client, ALERTS, heard.journal, None).run)
        assert (await heard.until("unknown")).reason == "connection refused"
        beside.cancel_scope.cancel()
    heard.journal.close()
