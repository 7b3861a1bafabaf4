from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import InvalidInput
from seatrial.load.command import SHIM, locust_argv, locust_environment
from seatrial.load.worker import run_worker
from seatrial.model.load import Load

FILE = Path("/somewhere/user.py")


def argv(**load: Any) -> list[str]:
    return locust_argv(Load.model_validate({"locustfile": FILE, **load}), 7000)


def after(option: str, command: list[str]) -> str:
    return command[command.index(option) + 1]


def test_the_shim_stands_beside_the_users_file() -> None:
    command = argv(rate="1/s", user_classes=["A", "B"], host="http://a")
    assert after("--locustfile", command) == f"{FILE},{SHIM}"
    assert command[-2:] == ["A", "B"]
    assert after("--users", command) == "0"
    assert after("--host", command) == "http://a"
    assert SHIM.is_file()


@pytest.mark.parametrize(
    ("load", "spawn_rate"),
    [({"users": 20}, "20"), ({"users": 5000}, "100"), ({"users": 20, "spawn_rate": "30/min"}, "0.5")],
)
def test_users_are_started_at_a_sane_rate(load: dict[str, Any], spawn_rate: str) -> None:
    assert after("--spawn-rate", argv(**load)) == spawn_rate


def test_masters_listen_where_they_were_told_to() -> None:
    local, remote = argv(rate="1/s", processes=4), argv(rate="1/s", workers={"expect": 3, "bind": "10.0.0.1"})
    assert after("--master-bind-host", local) == "127.0.0.1"
    assert after("--master-bind-host", remote) == "10.0.0.1"
    assert after("--expect-workers", remote) == "3"
    assert after("--master-bind-port", local) == after("--master-bind-port", remote) == "7000"
    assert "--master" not in local


def test_locusts_own_variables_are_not_inherited() -> None:
    load = Load.model_validate(
        {"locustfile": FILE, "rate": "1/s", "environment": {"LOCUST_TAGS": "a", "PATH": "/x"}}
    )
    given = locust_environment(load, {"LOCUST_HOST": "http://elsewhere", "PATH": "/y", "HOME": "/z"})
    assert given == {"LOCUST_TAGS": "a", "PATH": "/x", "HOME": "/z", "PYTHONUNBUFFERED": "1"}


@pytest.mark.parametrize("address", ["", "host", "host:", ":5557", "host:0", "host:70000", "host:http"])
def test_a_worker_needs_an_address(address: str) -> None:
    with pytest.raises(InvalidInput, match="is not an address"):
        run_worker(address)
