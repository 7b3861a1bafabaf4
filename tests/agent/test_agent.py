"""Faults that an agent holds inside a pod: they bite, and end with the line, the time, and the agent."""

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from seatrial.agent.main import main
from seatrial.held.hold import held
from seatrial.targets import process
from seatrial.targets.host import free_bytes
from tests.actions.conftest import Pair, becomes
from tests.actions.proxied import ruleset
from tests.agent.conftest import Send
from tests.agent.pod import PORT, Client, Pod, order, pod

HOST = {"kind": "host"}
MAIN = {"kind": "process"}
SLOW = ("tcp.latency", {"latency": "200 ms", "port": PORT, "direction": "in"})
SAYS_NO = ("http.status", {"status": 503, "port": PORT, "direction": "in"})
LOSES = ("net.drop", {"port": PORT})
FREEZES: tuple[str, dict[str, Any]] = ("process.pause", {})
BITE: dict[str, tuple[tuple[str, dict[str, Any]], dict[str, Any]]] = {
    one[0]: (one, MAIN if one is FREEZES else HOST) for one in (SLOW, SAYS_NO, LOSES, FREEZES)
}
"""What a client notices."""
LETS_GO_WITHIN_S = 3.0 + 2.0
"""Rules live for 3 s; the rest is for the client to notice, on a busy machine."""


def sent(send: Send, the_pod: Pod, name: str, **more: Any) -> Any:
    (action, given), target = BITE[name]
    how = the_pod.inside if target is MAIN else the_pod.around
    return send(how, order(action, target, given, **more))


@pytest.mark.slow
@pytest.mark.parametrize("name", BITE)
def test_it_bites_and_ends_with_the_line(
    name: str, hosts: Pair, the_pod: Pod, asking: Client, send: Send
) -> None:
    before = ruleset(hosts.there)
    agent = sent(send, the_pod, name)
    assert agent.begins()["effect"] is True
    asking.becomes(well=False)
    hung_up_s = time.monotonic()
    agent.hangs_up()
    ended = agent.hears("ended")
    assert (ended["why"], ended["undone"], ended["effect"]) == ("closed", True, True)
    assert agent.ends() == 0
    assert asking.becomes(well=True) - hung_up_s < 1.5
    assert ruleset(hosts.there) == before


@pytest.mark.parametrize("name", BITE)
def test_the_kernel_lets_go_where_the_agent_is_killed(
    name: str, the_pod: Pod, asking: Client, send: Send
) -> None:
    agent = sent(send, the_pod, name)
    agent.begins()
    asking.becomes(well=False)
    killed_s = time.monotonic()
    os.kill(agent.pid(), signal.SIGKILL)
    well_s = asking.becomes(well=True) - killed_s
    assert well_s < LETS_GO_WITHIN_S
    assert becomes(lambda: not held(agent.lease))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["net.drop", "process.pause"])
def test_it_lets_go_when_it_hears_nothing(name: str, the_pod: Pod, asking: Client, send: Send) -> None:
    agent = sent(send, the_pod, name, ttl_s=1.0)
    agent.begins()
    asking.becomes(well=False)
    silent_s = time.monotonic()
    agent.falls_silent()
    assert agent.hears("ended")["why"] == "silent"
    assert asking.becomes(well=True) - silent_s < 3.0
    assert agent.ends() == 0


@pytest.mark.slow
def test_a_fault_outlives_neither_its_time_nor_a_signal(the_pod: Pod, asking: Client, send: Send) -> None:
    over = sent(send, the_pod, "net.drop", lasts_s=4.0)
    over.begins()
    assert over.hears("ended")["why"] == "over"
    assert over.ends() == 0
    told = sent(send, the_pod, "process.pause")
    told.begins()
    os.kill(told.pid(), signal.SIGTERM)
    ended = told.hears("ended")
    assert (ended["why"], ended["undone"]) == ("signal", True)
    assert asking.becomes(well=True)


@pytest.mark.slow
def test_every_thread_stops_and_none_stays_traced(the_pod: Pod, asking: Client, send: Send) -> None:
    agent = sent(send, the_pod, "process.pause")
    agent.begins()
    assert {state for state, _ in threads(the_pod.main)} == {"t"}
    agent.hangs_up()
    assert agent.ends() == 0
    assert {tracer for _, tracer in threads(the_pod.main)} == {0}
    assert "t" not in {state for state, _ in threads(the_pod.main)}


def threads(pid: int) -> set[tuple[str, int]]:
    """State and tracer of each."""
    texts = [(path / "status").read_text() for path in Path(f"/proc/{pid}/task").iterdir()]
    found = [dict(line.split(":", 1) for line in text.splitlines()) for text in texts]
    return {(one["State"].split()[0], int(one["TracerPid"])) for one in found}


@pytest.mark.slow
def test_the_main_process_of_a_container_can_be_killed_from_inside(
    the_pod: Pod, asking: Client, send: Send
) -> None:
    agent = send(the_pod.inside, order("process.kill", MAIN))
    agent.hears("prepared")
    assert process.start_ticks(the_pod.main)
    agent.beat()
    assert process.wait_until_gone(the_pod.main, 5)
    assert agent.ends() != 0  # it goes with the container


@pytest.mark.slow
@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("cpu.stress", {"workers": 1}),
        ("memory.stress", {"amount": "64 MiB"}),
        ("io.stress", {"folder": "/var/tmp", "file_size": "1 MiB"}),
        ("net.loss", {"share": "50%", "port": PORT}),
        ("net.partition", {"addresses": ["10.213.7.1"]}),
        ("dns.failure", {"names": ["*"], "servers": ["10.213.7.1"]}),
    ],
)
def test_what_else_it_can_do(
    action: str, given: dict[str, Any], hosts: Pair, the_pod: Pod, send: Send
) -> None:
    before = ruleset(hosts.there)
    how = the_pod.inside if "folder" in given else the_pod.around
    agent = send(how, order(action, HOST, given))
    assert agent.begins()["effect"] is True
    agent.hangs_up()
    assert agent.hears("ended")["undone"] is True
    assert agent.ends() == 0
    assert ruleset(hosts.there) == before


@pytest.mark.slow
def test_a_folder_is_the_one_of_the_target_s_container(the_pod: Pod, send: Send) -> None:
    data = Path(f"/proc/{the_pod.main}/root/mnt")
    free = free_bytes(data)
    given = {"folder": "/mnt", "amount": "100 MiB", "floor": "1 MiB"}
    agent = send(the_pod.inside, order("disk.fill", HOST, given))
    assert agent.begins()["effect"] is True
    assert free - free_bytes(data) == 100 * 2**20
    os.kill(agent.pid(), signal.SIGKILL)
    assert becomes(lambda: free_bytes(data) == free)
    refused = send(the_pod.inside, order("disk.fill", HOST, given | {"folder": "/bin"}))
    assert "name the place itself" in refused.hears("refused")["reason"]


@pytest.mark.slow
def test_what_an_agent_has_left_another_one_takes_away(hosts: Pair, the_pod: Pod, send: Send) -> None:
    before = ruleset(hosts.there)
    (action, given), target = BITE["net.drop"]
    wanted = order(action, target, given)
    first = send(the_pod.around, wanted)
    state = first.hears("prepared")["state"]
    first.beat()
    first.hears("ready")
    os.kill(first.pid(), signal.SIGKILL)
    assert first.ends() != 0
    assert ruleset(hosts.there) != before
    second = send(the_pod.around, {**wanted, "undo": state})
    assert second.hears("ended")["undone"] is True
    assert second.ends() == 0
    assert ruleset(hosts.there) == before


@pytest.mark.slow
def test_nobody_on_the_line_or_too_late_and_nothing_begins(hosts: Pair, the_pod: Pod, send: Send) -> None:
    before = ruleset(hosts.there)
    (action, given), target = BITE["net.drop"]
    late = order(action, target, given, lasts_s=-1)
    agent = send(the_pod.around, late)
    assert agent.hears("late")["not_after"] == late["not_after"]
    assert agent.ends() == 3
    alone = sent(send, the_pod, "net.drop", lasts_s=8.0)
    alone.hears("prepared")
    ended = alone.hears("ended")
    assert (ended["why"], ended["began"]) == ("over", False)
    assert alone.ends() == 0
    assert ruleset(hosts.there) == before


POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
"""Root without a capability: nobody else's files, processes or networks."""
NOBODY = (*POWERLESS, "--reuid=65534", "--regid=65534", "--clear-groups")


def test_without_any_privilege_it_does_what_the_target_s_user_may(hosts: Pair, send: Send) -> None:
    with pod(hosts.there, *POWERLESS) as found:
        agent = send([*found.inside, *POWERLESS], order("process.pause", MAIN))
        assert agent.begins()["effect"] is True
        os.kill(agent.pid(), signal.SIGKILL)
        assert becomes(lambda: process.state(found.main) != "t")
        for action, given, reason in (
            ("net.drop", {"port": PORT}, "CAP_NET_ADMIN"),
            ("tcp.latency", {"latency": "1 s", "port": PORT}, "CAP_NET_ADMIN"),
        ):
            refused = send([*found.around, *POWERLESS], order(action, HOST, given))
            assert reason in refused.hears("refused")["reason"]
            assert refused.ends() == 3


def test_another_user_s_process_is_refused_with_the_reason(hosts: Pair, send: Send) -> None:
    with pod(hosts.there, *NOBODY, serves=("sh", "-c", "echo ready; sleep 60")) as found:
        agent = send([*found.inside, *POWERLESS], order("process.pause", MAIN))
        assert "to be root or user 'nobody'" in agent.hears("refused")["reason"]
        assert agent.ends() == 3


FAR = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
RIGHT = {"action": "cpu.stress", "target": HOST, "lease": "x", "not_after": FAR}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{", "no JSON"),
        ("[]", "all of it"),
        ({**RIGHT, "not_after": "tomorrow"}, "not_after"),
        ({**RIGHT, "not_after": "2026-01-01T00:00:00"}, "not_after"),
        ({**RIGHT, "lease": "../x"}, "lease"),
        ({**RIGHT, "target": {"kind": "moon"}}, "target"),
        ({**RIGHT, "ttl_s": 0}, "ttl_s"),
        ({**RIGHT, "action": "cpu.stres"}, "cpu.stres"),
        ({**RIGHT, "with": {"load": 7, "s3cret": "s3cret-value"}}, "load"),
    ],
)
def test_a_wrong_order_is_told_by_its_key(text: Any, names: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([text if isinstance(text, str) else json.dumps(text)]) == 2
    out, error = capfd.readouterr()
    assert json.loads(out)["event"] == "wrong"
    assert names in error
    assert "s3cret-value" not in out + error
    assert "Traceback" not in error
