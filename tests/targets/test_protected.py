"""Some processes are never hit."""

import pytest

from seatrial.action import Refuses
from seatrial.pack import load_packs
from seatrial.targets.protected import why_protected
from seatrial.targets.target import ProcessTarget


def target(*argv: str, pid: int = 77) -> ProcessTarget:
    return ProcessTarget(pid=pid, start_ticks=1, boot_id="b", argv=argv, user="u")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("/sbin/init", "splash"), "init keeps this machine going"),
        (("/usr/lib/systemd/systemd", "--user"), "systemd keeps this machine going"),
        (("/lib/systemd/systemd-journald",), "systemd-journald keeps"),
        (("sshd: shop@pts/0",), "sshd keeps"),
        (("sshd: /usr/sbin/sshd -D [listener]",), "sshd keeps this machine going, or reachable"),
        (("python3", "-m", "seatrial.guardian", "/runs/1"), "part of a run of Seatrial"),
        (("python3", "-I", "-S", "/x/keeper.py", "seatrial-held", "lease"), "part of a run of Seatrial"),
        (("python3", "-m", "seatrial.shop"), "it goes on"),
        (("/usr/sbin/nginx",), "it goes on"),
    ],
)
def test_who_is_protected(argv: tuple[str, ...], said: str) -> None:
    assert said in (why_protected(target(*argv)) or "it goes on")


def test_pid_1_whatever_it_runs() -> None:
    assert why_protected(target("nginx", pid=1)) == "pid 1 is what the machine stands on"


SPARED = {"niceness": 5, "limit": 9, "cores": 0.5, "headroom": "1 GiB"}
"""Arguments of the actions, where they need some."""


def test_every_action_on_processes_refuses_them() -> None:
    on_processes = [one for one in load_packs().actions.values() if one.target_model() is ProcessTarget]
    assert len(on_processes) > 4
    for cls in on_processes:
        given = {key: SPARED[key] for key, field in cls.model_fields.items() if field.is_required()}
        action = cls.model_validate(given)
        assert isinstance(action, Refuses), f"{cls.name} does not ask why_protected in `refusal`"
        assert action.refusal(target("/usr/sbin/sshd")), cls.name
