"""Some processes are never hit."""

import pytest

from seatrial.targets.protected import Protected, is_local
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
    assert said in (Protected().why(target(*argv)) or "it goes on")


def test_pid_1_whatever_it_runs() -> None:
    assert Protected().why(target("nginx", pid=1)) == "pid 1 is what the machine stands on"


def test_hosts_of_this_machine() -> None:
    assert [is_local(host) for host in ("127.0.0.1", "::1", "localhost")] == [True] * 3
    assert [is_local(host) for host in ("192.0.2.7", "netns/shop", "no such host")] == [False] * 3
