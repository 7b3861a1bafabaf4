"""service.stop: a service of a real supervisord; without systemd, a clear refusal."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from seatrial import services
from seatrial.action import Action, Lease
from seatrial.errors import Fatal, ForeignChange, Retryable
from seatrial.pack import load_packs
from seatrial.plan.refusals import why_refused
from seatrial.targets.protected import Protected
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Applied, becomes

CONFIG = """
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={folder}/pid
[unix_http_server]
file={folder}/socket
[supervisorctl]
serverurl=unix://{folder}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:shop]
command=sleep {SECONDS}
startsecs=0
[program:spare]
command=sleep 1001
autostart=false
[program:reach]
command=/bin/sh -c 'exec -a /usr/sbin/sshd sleep 1002'
startsecs=0
[program:stubborn]
command=/bin/sh -c 'trap "" TERM; while true; do sleep 0.1; done'
autostart=false
startsecs=0
stopwaitsecs=1
stopasgroup=true
killasgroup=true
"""


SECONDS = f"1000.{os.getpid()}"
"""For which the service sleeps: no other test's sleeps as long."""
LEASE = Lease(id=f"test-service-{os.getpid()}", max_hold_s=20)


def make(**keys: object) -> Any:
    return load_packs().actions["service.stop"].model_validate(keys)


@pytest.fixture
def config() -> Iterator[Path]:
    """The configuration of a supervisord that runs; its folder is short, for its socket's sake."""
    if shutil.which("supervisord") is None:
        if os.environ.get("CI"):
            pytest.fail("supervisord is missing in CI, though supervisor is in .ci/debian-packages")
        pytest.skip("supervisord is missing: apt-get install supervisor")
    with tempfile.TemporaryDirectory(prefix="seatrial-") as folder:
        path = Path(folder) / "supervisord.conf"
        path.write_text(
            CONFIG.format(folder=folder, SECONDS=SECONDS).replace("/bin/sh -c 'exec", "/bin/bash -c 'exec")
        )
        with subprocess.Popen(["supervisord", "-c", path], stdout=subprocess.DEVNULL) as daemon:
            its = services.Service(name="shop", supervisor=services.Supervisor.SUPERVISORD, config=path)
            assert becomes(lambda: (Path(folder) / "socket").exists() and runs(its), 40)
            yield path
            services_of_it = psutil.Process(daemon.pid).children()
            daemon.kill()  # asked to end, it takes three seconds
            for one in services_of_it:
                one.kill()


def runs(its: services.Service) -> bool:
    try:
        seen = its.look()
    except Retryable:  # its socket is there before anybody listens
        return False
    return seen is not None and seen.running


def of(config: Path, service: str = "shop", **keys: object) -> Any:
    return make(service=service, supervisor="supervisord", config=str(config), **keys)


@pytest.mark.slow  # supervisorctl takes a quarter of a second each time
class TestServiceStop(ActionConformance):
    moments = 4

    @pytest.fixture
    def action(self, config: Path) -> Action[Any, Any]:
        self.config = config
        return self.make("service.stop", service="shop", supervisor="supervisord", config=str(config))

    def snapshot(self, target: Any) -> object:
        seen = of(self.config)._its.look()
        return seen.state, seen.running


def pids_of(seconds: str) -> list[int]:
    done = subprocess.run(["pgrep", "-fx", f"sleep {seconds}"], capture_output=True, text=True, check=False)
    return [int(pid) for pid in done.stdout.split()]


def test_a_service_is_stopped_and_runs_again(config: Path, target: HostTarget) -> None:
    (before,) = pids_of(SECONDS)
    assert of(config)._its.look() == services.Seen(running=True, state="RUNNING", pid=before)
    with Applied(of(config), target):
        assert pids_of(SECONDS) == []
        assert of(config).refusal(target) == "shop does not run: it is STOPPED"
    (after,) = pids_of(SECONDS)
    assert after != before
    action = of(config)
    action.undo(target, state := action.prepare(target, LEASE))
    assert pids_of(SECONDS) == [after], "one that runs is left alone"
    with pytest.raises(ForeignChange, match="knows no service none any more"):
        of(config, "none").undo(target, state)


def test_one_that_takes_its_time_to_stop(config: Path, target: HostTarget) -> None:
    """A stop that is cut short is not over; undo waits for it by trying again."""
    assert of(config, "stubborn")._its.run("start", timeout_s=10).ok
    action = of(config, "stubborn", timeout="500 ms")
    state = action.prepare(target, LEASE)
    with pytest.raises(Fatal, match="stubborn cannot be stopped: no end within"):
        action.apply(target, state)

    def undone() -> bool:
        try:
            of(config, "stubborn").undo(target, state)
        except Exception:  # noqa: BLE001  Retryable, as long as it is stopping
            threading.Event().wait(0.2)
        return bool(action.is_undone(target, state))

    assert becomes(undone, 15)


def test_a_supervisor_that_does_not_answer_is_asked_again(config: Path, target: HostTarget) -> None:
    """One that is just starting again, or a machine too busy for an answer in time: undo goes on trying."""
    action = of(config)
    state = action.prepare(target, LEASE)
    away = (config.parent / "socket").rename(config.parent / "away")
    for look in (action.undo, action.is_undone):
        with pytest.raises(Retryable, match=r"^supervisorctl: "):
            look(target, state)
    away.rename(config.parent / "socket")
    action.undo(target, state)
    assert action.is_undone(target, state)


def test_what_is_refused(config: Path, target: HostTarget) -> None:
    refused = {
        name: why_refused(of(config, name), target, Protected())
        for name in ("shop", "spare", "none", "reach", "sshd", "ssh.service", "systemd-logind", "getty@tty1")
    }
    assert refused == {
        "shop": "",
        "spare": "spare does not run: it is STOPPED",
        "none": "supervisord knows no service none",
        "reach": "sshd keeps this machine going, or reachable",
        "sshd": "sshd keeps this machine going, or reachable",
        "ssh.service": "ssh.service keeps this machine going, or reachable",
        "systemd-logind": "systemd-logind keeps this machine going, or reachable",
        "getty@tty1": "getty@tty1 keeps this machine going, or reachable",
    }
    gone = make(service="shop", supervisor="supervisord", config="/none.conf")
    assert why_refused(gone, target, Protected()).startswith("supervisorctl: ")


UNIT = """
[Service]
ExecStart=@/bin/sleep sleep {seconds}
"""


@pytest.fixture(scope="module")
def unit(systemd: None) -> Iterator[str]:
    """A service of the systemd that runs this machine, known until the next boot; its name."""
    path = Path(f"/run/systemd/system/seatrial-test-{os.getpid()}.service")
    path.write_text(UNIT.format(seconds=SECONDS))
    try:
        for verb in (["daemon-reload"], ["start", path.name]):
            subprocess.run(["systemctl", *verb], check=True)
        yield path.name
        subprocess.run(["systemctl", "stop", path.name], check=True)
    finally:
        path.unlink()
        subprocess.run(["systemctl", "daemon-reload"], check=True)


@pytest.mark.systemd
class TestServiceStopOfSystemd(ActionConformance):
    moments = 4

    @pytest.fixture
    def action(self, unit: str) -> Action[Any, Any]:
        self.unit = unit
        return self.make("service.stop", service=unit)

    def snapshot(self, target: Any) -> object:
        seen = make(service=self.unit)._its.look()
        return seen.state, seen.running


@pytest.mark.systemd
def test_a_unit_of_systemd_is_stopped_and_runs_again(unit: str, target: HostTarget) -> None:
    action = make(service=unit.removesuffix(".service"))
    assert [one.pid for one in action.also_hits(target)] == pids_of(SECONDS)
    with Applied(action, target):
        assert pids_of(SECONDS) == []
        assert "does not run: it is inactive (dead)" in action.refusal(target)
    assert len(pids_of(SECONDS)) == 1
    assert why_refused(make(service="none"), target, Protected()) == "systemd knows no service none"


def test_systemd_is_asked_only_where_it_runs(target: HostTarget) -> None:
    action = make(service="shop")
    if Path("/run/systemd/system").is_dir():
        pytest.skip("systemd runs this machine")
    assert action.missing_privileges(target) == ["systemd as what runs this machine"]
    assert why_refused(action, target, Protected()) == ""
    assert why_refused(make(service="ssh"), target, Protected()) == (
        "ssh keeps this machine going, or reachable"
    )
    lacks = services.missing(services.Supervisor.SUPERVISORD)
    assert (type(action).missing_here() == []) is (lacks == [])
    with pytest.raises(Fatal, match=r"^shop cannot be stopped: exit status "):
        action.apply(target, action.prepare(target, LEASE))


SYSTEMCTL = """#!/bin/sh
# As systemctl answers: what it was asked is written down, what it says stands in the file `says`.
echo "$@" >> {folder}/asked
case "$1" in show) cat {folder}/says;; *) exit 0;; esac
"""


def test_what_systemctl_says_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of systemctl 252, from its manual; no systemd is asked."""
    program = tmp_path / "systemctl"
    program.write_text(SYSTEMCTL.format(folder=tmp_path))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    its = services.Service(name="shop.service", supervisor=services.Supervisor.SYSTEMD)
    seen = []
    for load, active, sub, pid in (
        ("loaded", "active", "running", 77),
        ("loaded", "active", "exited", 0),
        ("loaded", "deactivating", "stop-sigterm", 77),
        ("loaded", "inactive", "dead", 0),
        ("not-found", "inactive", "dead", 0),
    ):
        (tmp_path / "says").write_text(
            f"MainPID={pid}\nLoadState={load}\nActiveState={active}\nSubState={sub}\n"
        )
        found = its.look()
        seen.append(found and (found.running, found.state, found.pid))
    assert seen == [
        (True, "active (running)", 77),
        (True, "active (exited)", None),
        (False, "deactivating (stop-sigterm)", 77),
        (False, "inactive (dead)", None),
        None,
    ]
    assert its.run("stop", timeout_s=5).ok
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[0] == "show --property=LoadState,ActiveState,SubState,MainPID shop.service"
    assert asked[-1] == "stop shop.service"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"service": "--all"}, "should match pattern"),
        ({"service": "shop*"}, "should match pattern"),
        ({"service": "shop bar"}, "should match pattern"),
        ({"service": "shop.socket"}, "is a unit, but no service"),
        ({"service": "multi-user.target"}, "is a unit, but no service"),
        ({"service": "shop", "config": "/x"}, "`config` is for supervisord"),
        ({"service": "shop", "timeout": "0 s"}, "greater than 0"),
        ({"service": "shop", "supervisor": "docker"}, "Input should be 'systemd' or 'supervisord'"),
    ],
)
def test_what_is_refused_in_the_file(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make(**keys)
