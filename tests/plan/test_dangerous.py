"""Malformed and dangerous parameters: each is refused before anything is touched, for every action there is.

The examples of docs/reference/actions*.md are what is made wrong here, one key at a time.
"""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue
from ruamel.yaml import YAML

from seatrial.errors import InvalidInput
from seatrial.files.problem import InvalidFile
from seatrial.pack import load_packs
from seatrial.plan.resolve import make_plan
from seatrial.precaution import Precaution
from seatrial.targets.target import kinds_of
from tests.docs.pages import blocks
from tests.run.runs import written
from tests.tidy.source import ROOT

ACTIONS = {name: one for name, one in load_packs().actions.items() if not issubclass(one, Precaution)}
"""All that stand under `faults`."""
EXAMPLES: dict[str, dict[str, JsonValue]] = {
    fault["action"]: fault
    for page in sorted((ROOT / "docs/reference").glob("actions*.md"))
    for block in blocks(page, "yaml")
    for fault in YAML(typ="safe").load(block.text).get("faults", ())
}
WRONG_BY_EXAMPLE: dict[str, list[JsonValue]] = {
    "34%": ["-1%", "101%", "0.5"],
    "30 s": ["-1 s", "30"],
    "512 MiB": ["-1 MB", "512"],
    "10 Mbit/s": ["-1 Mbit/s", "0 bit/s"],
}
"""What no key of this form takes; forms are told apart by the example in their JSON Schema."""


def experiment(action: str, arguments: JsonValue = None, targets: JsonValue = None) -> dict[str, JsonValue]:
    fault = dict(EXAMPLES[action])
    if arguments is not None:
        fault["with"] = arguments
    if targets is not None:
        fault["targets"] = targets
    return {
        "title": "Danger",
        "hypothesis": "It is refused.",
        "slis": {"it": {"tcp": "127.0.0.1:1", "objective": "open == true"}},
        "faults": [fault],
        "blast_radius": {"max_targets": 1, "max_share": "100%", "max_duration": "1 h"},
    }


def problems(folder: Path, given: dict[str, JsonValue]) -> str:
    """What the file's reader or the plan has against it."""
    try:
        return "\n".join(make_plan(written(folder, given), 1).refusals)
    except InvalidFile as error:
        return "\n".join(map(str, error.problems))


def with_(action: str) -> dict[str, JsonValue]:
    found = EXAMPLES[action].get("with", {})
    assert isinstance(found, dict)
    return found


def wrong_values(schema: dict[str, Any]) -> Iterator[JsonValue]:
    """What a key with this schema must not take."""
    for form in schema.get("anyOf", [schema]):
        for example in form.get("examples", ()):
            yield from WRONG_BY_EXAMPLE.get(example, ())
        if form.get("type") in ("integer", "number"):
            yield from (-1, "many")
        if "enum" in form or "$ref" in form:
            yield "nonsense"


MALFORMED = [
    pytest.param(name, key, value, id=f"{name}-{key}-{value}")
    for name, action in ACTIONS.items()
    for key, schema in action.model_json_schema()["properties"].items()
    for value in wrong_values(schema)
]


def test_every_action_has_an_example() -> None:
    assert set(EXAMPLES) == set(ACTIONS)
    assert len(MALFORMED) > 60


@pytest.mark.parametrize(("name", "key", "value"), MALFORMED)
def test_a_malformed_value_is_refused_where_it_stands(
    name: str, key: str, value: JsonValue, tmp_path: Path
) -> None:
    said = problems(tmp_path, experiment(name, {**with_(name), key: value}))
    assert "experiment.json:1:" in said
    assert key in said or str(value) in said


@pytest.mark.parametrize("name", ACTIONS)
def test_an_unknown_key_is_refused(name: str, tmp_path: Path) -> None:
    assert "nonsense" in problems(tmp_path, experiment(name, {**with_(name), "nonsense": 1}))


def on(kind: str) -> list[str]:
    return [name for name, one in ACTIONS.items() if kind in kinds_of(one.target_model())]


def with_key(key: str, kind: object = None) -> list[str]:
    fields = {name: one.model_fields.get(key) for name, one in ACTIONS.items()}
    return [name for name, one in fields.items() if one is not None and kind in (None, one.annotation)]


@pytest.mark.parametrize("name", on("process"))
def test_no_action_hits_a_protected_process(name: str, tmp_path: Path) -> None:
    def said_of(pid: int) -> str:
        (tmp_path / "pid").write_text(str(pid))
        return problems(tmp_path, experiment(name, targets={"process": {"pidfile": str(tmp_path / "pid")}}))

    assert "refuses pid 1 " in said_of(1)
    assert "it is Seatrial itself, or what started it" in said_of(os.getpid())
    assert "it is Seatrial itself, or what started it" in said_of(os.getppid())
    with subprocess.Popen(["sleep", "60"], executable="/bin/sleep") as usual:
        assert "keeps this machine going" not in said_of(usual.pid)
        usual.kill()
    with subprocess.Popen(["/usr/sbin/sshd", "60"], executable="/bin/sleep") as theirs:
        assert "sshd keeps this machine going, or reachable" in said_of(theirs.pid)
        theirs.kill()
    assert "must be above 1" in problems(tmp_path, experiment(name, targets={"process": {"pid": 1}}))


@pytest.mark.parametrize("name", on("endpoint"))
def test_no_action_hits_an_endpoint_of_ssh_or_of_the_run(name: str, tmp_path: Path) -> None:
    def said_of(host: str, port: int) -> str:
        return problems(tmp_path, experiment(name, targets={"endpoint": {"addresses": [f"{host}:{port}"]}}))

    assert "port 22 is how people reach a machine" in said_of("10.1.2.3", 22)
    with socket.create_server(("127.0.0.1", 0)) as ours:
        port = ours.getsockname()[1]
        for host in ("127.0.0.1", "localhost", "127.9.9.9"):
            assert f"port {port} is the run's own" in said_of(host, port)
        assert "the run's own" not in said_of("10.1.2.3", port)
        assert "the run's own" not in said_of("127.0.0.1", 80)


@pytest.mark.parametrize("name", sorted(set(with_key("port")) - set(on("kubernetes"))))
def test_no_action_hits_a_port_of_ssh_or_of_the_run(name: str, tmp_path: Path) -> None:
    def said_of(port: int, **more: JsonValue) -> str:
        others = {key: value for key, value in with_(name).items() if key != "proxy"}  # excludes a port
        return problems(tmp_path, experiment(name, {**others, "port": port, **more}))

    assert "port 22 is how people reach a machine" in said_of(22)
    assert "port 22 is how people reach a machine" in said_of(22, namespace="a-container")
    with socket.create_server(("127.0.0.1", 0)) as ours:
        port = ours.getsockname()[1]
        assert f"port {port} is the run's own" in said_of(port)
        assert "the run's own" not in said_of(port, namespace="a-container")


def test_the_port_on_which_workers_will_be_awaited_is_the_runs(tmp_path: Path) -> None:
    load: JsonValue = {
        "host": "http://127.0.0.1:1",
        "requests": [{"path": "/"}],
        "rate": "1/s",
        "workers": {"expect": 1, "port": 5999},
    }
    given = experiment("net.drop", {"port": 5999})
    assert "port 5999 is the run's own" not in problems(tmp_path, given)
    assert "port 5999 is the run's own" in problems(tmp_path, {**given, "load": load})


OWN_CODE = str(Path(os.__file__).parent)
MACHINE = ("/", "/etc", "/usr/bin", "/proc/meminfo", "/dev/null", "/etc/passwd", "/none", OWN_CODE)


@pytest.mark.parametrize("path", MACHINE)
@pytest.mark.parametrize("name", with_key("path", Path))
def test_no_action_takes_what_the_machine_or_undo_stands_on(name: str, path: str, tmp_path: Path) -> None:
    assert f"{name} refuses" in problems(tmp_path, experiment(name, {**with_(name), "path": path}))


@pytest.mark.parametrize("name", with_key("folder"))
def test_no_action_fills_what_is_no_disk(name: str, tmp_path: Path) -> None:
    for folder in ("/proc", "/sys", "/none", "/usr/bin/env"):
        assert f"{name} refuses" in problems(tmp_path, experiment(name, {**with_(name), "folder": folder}))


@pytest.mark.parametrize("name", with_key("folder"))
def test_no_action_goes_where_this_user_may_not_look(name: str, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    given = experiment(name, {**with_(name), "folder": str(closed / "in")})
    problems(tmp_path, experiment(name))  # what is imported on the way may be root's alone
    file, user = written(tmp_path, given), os.geteuid()
    os.seteuid(user or 65534)
    try:
        with pytest.raises(InvalidInput, match=f"^{name}: this user may not look at {closed / 'in'}$"):
            make_plan(file, 1)
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("disk.fill", {"folder": "/", "amount": "1 MB"}, "`/` is not to be filled"),
        ("disk.fill", {"folder": "/usr", "amount": "1 MB", "floor": "1 MB"}, "has to be 256 MiB at least"),
        ("disk.fill", {"folder": "/usr", "amount": "900 TB"}, "have to stay"),
        ("io.stress", {"folder": "/usr", "file_size": "16 GiB", "workers": 64}, "have to stay free"),
        ("memory.stress", {"amount": "900 TB"}, "have to stay"),
        ("cpu.stress", {"workers": 1000}, "1000 workers are more than"),
        ("net.drop", {}, "cut this host off from everybody"),
        ("net.partition", {"port": 80}, "`addresses` are missing"),
        ("net.loss", {"share": "1%"}, "cut this host off from everybody"),
        ("net.partition", {"addresses": ["0.0.0.0/0"]}, "is nearly everybody"),
    ],
)
def test_what_would_cost_the_machine_itself(
    name: str, arguments: dict[str, JsonValue], said: str, tmp_path: Path
) -> None:
    assert said in problems(tmp_path, experiment(name, arguments))
