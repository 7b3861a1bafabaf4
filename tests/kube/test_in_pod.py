"""Host faults inside pods of a real cluster: what clients of the service notice, and what ends them."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal
from seatrial.held.hold import held
from seatrial.kube.access import Access
from seatrial.kube.ref import Ref
from seatrial.kubefaults import agent_sending as sending
from seatrial.kubefaults.agent_seen import seen
from seatrial.kubefaults.in_pod import placed
from seatrial.pack import load_packs
from seatrial.targets import process
from seatrial.targets.target import KubernetesTarget
from seatrial.testing.kube_account import kube_account
from seatrial.testing.kube_namespace import KubeNamespace, deployment, kube_namespace, service

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(300)]

PORT = 8080
CUTS = ("net.drop", {"port": PORT})
SAYS_NO = ("http.status", {"status": 503, "port": PORT, "direction": "in"})
SLOW = ("tcp.latency", {"latency": "400 ms", "port": PORT, "direction": "in"})
FREEZES: tuple[str, dict[str, Any]] = ("process.pause", {})


@pytest.fixture(scope="module", autouse=True)
def _image() -> None:
    if "SEATRIAL_IMAGE" not in os.environ:
        pytest.skip("SEATRIAL_IMAGE names no image of this version that the cluster's nodes have")


class Web:
    """One pod behind a service, asked from outside the cluster."""

    def __init__(self, namespace: KubeNamespace, manifest: dict[str, Any] | None = None) -> None:
        self.namespace = namespace
        namespace.add(manifest or deployment("web"))
        namespace.add(service("web", node_port=True))
        namespace.until(lambda: namespace.ready("web") == 1)
        (found,) = namespace.all("Pod")
        data = found["metadata"]
        ref = Ref(kind="Pod", namespace=namespace.name, name=data["name"], uid=data["uid"])
        self.target: KubernetesTarget = namespace.target(ref, workload="Deployment/web")
        port = namespace.get("Service", "web")["spec"]["ports"][0]["nodePort"]
        self.address = f"{found['status']['hostIP']}:{port}"
        self.until("200")

    def asks(self, within_s: float = 2.0) -> str:
        """The status of an answer, `slow`, or the error."""
        began = time.monotonic()
        line = http.client.HTTPConnection(self.address, timeout=within_s)
        try:
            line.request("GET", "/")
            status = line.getresponse().status
        except OSError as error:
            return type(error).__name__
        finally:
            line.close()
        return "slow" if status == 200 and time.monotonic() - began > 0.35 else str(status)

    def until(self, said: str, within_s: float = 60.0) -> float:
        """When such an answer came; a service may take a second to know its pods."""
        give_up_s = time.monotonic() + within_s
        while (now := self.asks()) != said:
            assert time.monotonic() < give_up_s, f"{now}, and not {said}"
            threading.Event().wait(0.1)
        return time.monotonic()

    def ended(self, agent: str) -> int | None:
        """The exit code of an agent's container."""
        return seen(self.namespace.get("Pod", self.target.object.name), agent).exit_code


@pytest.fixture(scope="module")
def web(kube_access: Access) -> Iterator[Web]:
    with kube_namespace(kube_access) as namespace:
        yield Web(namespace)


def made(name: str, arguments: dict[str, Any]) -> Action[Any, Any]:
    return placed(load_packs().actions[name].model_validate(arguments), "kubernetes")


def lease(max_hold_s: float = 120) -> Lease:
    return Lease(id=f"20261128-agent-{uuid.uuid4().hex[:8]}.f0.t0", max_hold_s=max_hold_s)


@pytest.mark.parametrize(
    ("fault", "notices"),
    [(SAYS_NO, "503"), (SLOW, "slow"), (CUTS, "TimeoutError"), (FREEZES, "TimeoutError")],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_clients_of_the_service_notice_it_and_its_end(
    fault: tuple[str, dict[str, Any]], notices: str, web: Web
) -> None:
    action = made(*fault)
    assert getattr(action, "refusal")(web.target) is None  # noqa: B009  of a protocol
    state = bites(action, web, notices)
    assert web.ended(state.agent) == 0


@pytest.mark.parametrize("fault", [CUTS, FREEZES], ids=lambda one: one[0])
def test_it_ends_with_the_line(fault: tuple[str, dict[str, Any]], web: Web) -> None:
    action = made(*fault)
    state = action.prepare(web.target, lease())
    action.apply(web.target, state)
    (line,) = held(state.held.lease)
    cut_s = time.monotonic()
    process.send_signal(line, signal.SIGKILL)
    assert web.until("200") - cut_s < 5.0
    web.namespace.until(lambda: action.is_undone(web.target, state))


@pytest.mark.parametrize("fault", [CUTS, SAYS_NO, FREEZES], ids=lambda one: one[0])
def test_the_kernel_lets_go_where_the_agent_is_killed(fault: tuple[str, dict[str, Any]], web: Web) -> None:
    action = made(*fault)
    state = action.prepare(web.target, lease())
    action.apply(web.target, state)
    try:
        if not (agents := _agents_on_this_machine(state.lease)):
            pytest.skip("the cluster's nodes are other machines")
        network = os.open(f"/proc/{agents[0]}/ns/net", os.O_RDONLY)
        killed_s = time.monotonic()
        for pid in agents:
            os.kill(pid, signal.SIGKILL)
        assert web.until("200") - killed_s < 6.0
        web.namespace.until(lambda: action.is_undone(web.target, state), within_s=20)
    finally:
        action.undo(web.target, state)
    assert "seatrial" not in _tables(network)
    os.close(network)


def _tables(network: int) -> str:
    line = ["nsenter", f"--net=/proc/self/fd/{network}", "nft", "list", "tables"]
    return subprocess.run(line, pass_fds=(network,), capture_output=True, text=True, check=True).stdout


def _agents_on_this_machine(lease: str) -> list[int]:
    agents = process.all_targets(lambda line: "seatrial.agent" in line and lease in line)
    return [one.pid for one in agents if "python" in one.argv[0]]


def test_one_that_nobody_speaks_to_is_told_to_stop(web: Web) -> None:
    """As after the death of who had just added it."""
    action: Any = made(*CUTS)
    state = action.prepare(web.target, lease())
    sending.add(web.target, state.agent, lambda pod: action._container(pod, web.target, state, state.agent))
    sending.until_it_runs(web.target, state.agent)
    action.undo(web.target, state)
    assert action.is_undone(web.target, state)
    assert web.ended(state.agent) == 0


def test_one_whose_line_another_machine_holds_is_told_to_stop(web: Web) -> None:
    action = made(*CUTS)
    state = action.prepare(web.target, lease())
    action.apply(web.target, state)
    try:
        elsewhere = state.model_copy(update={"held": state.held.model_copy(update={"lease": "elsewhere"})})
        action.undo(web.target, elsewhere)
        assert action.is_undone(web.target, elsewhere)
        web.until("200", within_s=3)
    finally:
        action.undo(web.target, state)


def test_the_main_process_of_a_container_crashes(web: Web) -> None:
    action = made("process.kill", {})
    before = web.namespace.get("Pod", web.target.object.name)["status"]["containerStatuses"][0]
    state = action.prepare(web.target, lease())
    action.apply(web.target, state)
    assert action.has_effect(web.target, state)  # type: ignore[attr-defined]
    action.undo(web.target, state)
    web.namespace.until(lambda: action.is_undone(web.target, state))
    after = web.namespace.get("Pod", web.target.object.name)["status"]["containerStatuses"][0]
    assert after["restartCount"] == before["restartCount"] + 1
    assert after["lastState"]["terminated"]["exitCode"] == 137
    web.until("200")


def test_an_image_that_cannot_be_pulled_is_told_and_does_no_harm(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATRIAL_IMAGE", f"seatrial.test/none:{uuid.uuid4().hex[:6]}")
    action = made(*CUTS)
    state = action.prepare(web.target, lease())
    began = time.monotonic()
    with pytest.raises(Fatal, match=r"seatrial.test/none:\w+: (ErrImagePull|ImagePullBackOff)"):
        action.apply(web.target, state)
    assert time.monotonic() - began < 60
    action.undo(web.target, state)
    assert action.is_undone(web.target, state)
    assert web.asks() == "200"


def restricted(namespace: KubeNamespace) -> Web:
    user = {"runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": True}
    manifest = deployment("web", securityContext=user | {"seccompProfile": {"type": "RuntimeDefault"}})
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    container["securityContext"] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return Web(namespace, manifest)


def test_under_restricted_pod_security(kube_access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    with kube_namespace(kube_access, labels) as namespace, kube_namespace(kube_access) as agents:
        web = restricted(namespace)
        refusal = made(*CUTS).refusal(web.target)  # type: ignore[attr-defined]
        assert 'violates PodSecurity "restricted' in refusal
        assert "NET_ADMIN" in refusal
        for action in (made(*FREEZES), made("cpu.stress", {"workers": 1})):
            bites(action, web, "TimeoutError" if action.name == "process.pause" else "200")
        monkeypatch.setenv("SEATRIAL_AGENT_NAMESPACE", agents.name)
        for action, notices in ((made(*CUTS), "TimeoutError"), (made(*SAYS_NO), "503")):
            assert action.refusal(web.target) is None  # type: ignore[attr-defined]
            bites(action, web, notices)
        agents.until(lambda: agents.all("Pod") == [], within_s=60)


def test_an_image_that_cannot_be_pulled_for_a_pod_of_the_agents_own(
    kube_access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    monkeypatch.setenv("SEATRIAL_IMAGE", f"seatrial.test/none:{uuid.uuid4().hex[:6]}")
    with kube_namespace(kube_access, labels) as namespace, kube_namespace(kube_access) as agents:
        web, action = restricted(namespace), made(*CUTS)
        monkeypatch.setenv("SEATRIAL_AGENT_NAMESPACE", agents.name)
        state: Any = action.prepare(web.target, lease())
        with pytest.raises(Fatal, match=r"seatrial.test/none:\w+: (ErrImagePull|ImagePullBackOff)"):
            action.apply(web.target, state)
        action.undo(web.target, state)
        assert action.is_undone(web.target, state)
        agents.until(lambda: agents.all("Pod") == [])
        assert web.asks() == "200"


def bites(action: Any, web: Web, notices: str) -> Any:
    """Seen from outside while it holds, and not afterwards; what was sent."""
    state = action.prepare(web.target, lease())
    try:
        action.apply(web.target, state)
        assert action.has_effect(web.target, state)
        web.until(notices, within_s=3)
    finally:
        action.undo(web.target, state)
    assert action.is_undone(web.target, state)
    action.undo(web.target, state)
    web.until("200", within_s=3)
    return state


def test_its_rights_suffice_and_without_one_it_is_told(web: Web, tmp_path: Path) -> None:
    action: Any = made(*SAYS_NO)
    rights = list(action.rights(web.target))
    with kube_account(web.namespace, rights, tmp_path) as access:
        target = web.target.model_copy(update={"access": access})
        assert action.refusal(target) is None
        assert action.missing_privileges(target) == []
        state = action.prepare(target, lease())
        try:
            action.apply(target, state)
            assert action.has_effect(target, state)
            web.until("503", within_s=3)
        finally:
            action.undo(target, state)
        assert action.is_undone(target, state)
    fewer = [right for right in rights if "attach" not in right.resource]
    with kube_account(web.namespace, fewer, tmp_path, "less") as access:
        missing = action.missing_privileges(web.target.model_copy(update={"access": access}))
        assert len(missing) == 2
        assert all("pods/attach" in one for one in missing)


RUN = """
title: The web answers
hypothesis: It answers while its only pod says no.
slis:
  web: {{http: {{url: "http://{address}/", timeout: 1 s}}, objective: "status == 200",
        under_fault: "status <= 599"}}
baseline: 5 s
recover_within: 60 s
blast_radius: {{max_targets: 1, max_share: 100%, max_duration: 120 s}}
faults:
  - action: http.status
    targets: {{kubernetes: {{kind: Pod, namespace: {namespace}, labels: app=web}}}}
    with: {{status: 503, port: {port}, direction: in}}
    for: 60 s
"""


def test_a_run_whose_runner_is_killed_leaves_nothing(web: Web, tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(RUN.format(address=web.address, namespace=web.namespace.name, port=PORT))
    line = [sys.executable, "-m", "seatrial", "run", str(file), "--runs", str(tmp_path / "runs")]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        try:
            web.until("503", within_s=90)
        except AssertionError:
            run.kill()
            raise AssertionError(run.communicate()[0]) from None
        killed_s = time.monotonic()
        run.kill()
    assert web.until("200") - killed_s < 20
    pod = web.namespace.get("Pod", web.target.object.name)
    agents = [one["name"] for one in pod["spec"]["ephemeralContainers"]]
    web.namespace.until(lambda: web.ended(agents[-1]) == 0)
