"""Variables of the file and of the environment: what they become, and that secrets stay masked."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.errors import InvalidInput
from seatrial.files.variables import resolve_environment, scrubbed, secret_values
from tests.files.conftest import VALID, ProblemsOf, Read

SHOP = (
    VALID
    + """\
variables: {port: 8080, host: 127.0.0.1, fast: true, pattern: "a${env:PATTERN:-b}"}
seed: ${port}
default_guards: ${fast}
description: "${host}:${port} ${fast} $${port} $$ $5 ${env:GREETING:-hello} ${env:NAME}"
tags: ["${pattern}"]
"""
)


def test_variables_are_put_in(read: Read) -> None:
    experiment = read(SHOP, environ={"NAME": "you"}).experiment
    assert experiment.seed == 8080
    assert experiment.default_guards is True
    assert experiment.description == "127.0.0.1:8080 true ${port} $$ $5 hello you"
    assert experiment.tags == ("ab",)


def test_what_is_written_down_holds_no_secret(read: Read) -> None:
    secret = "correct horse"
    file = read(SHOP, environ={"NAME": secret, "GREETING": "hi", "OTHER": "x"})
    assert secret in file.experiment.description
    assert secret not in str(file.masked)
    assert file.masked["description"] == (
        "127.0.0.1:8080 true $${port} $$ $5 ${env:GREETING:-hello} ${env:NAME}"
    )
    assert file.secrets == {"NAME": secret, "GREETING": "hi"}


def test_the_masked_document_resolves_to_the_experiment(read: Read) -> None:
    environ = {"NAME": "${env:HOME} $${x}", "PATTERN": "p"}
    file = read(SHOP, environ=environ)
    resolved = resolve_environment(file.masked, environ)
    assert isinstance(resolved, dict)
    assert resolved["description"] == file.experiment.description
    assert resolved["tags"] == ["ap"]
    assert resolved["variables"] == file.experiment.variables


def test_overrides_take_the_type_of_what_is_declared(read: Read) -> None:
    overrides = {"port": "99", "fast": "false", "host": "12", "pattern": "x=y"}
    file = read(SHOP, overrides=overrides, environ={"NAME": ""})
    assert file.experiment.seed == 99
    assert file.experiment.default_guards is False
    assert file.experiment.variables == {"port": 99, "fast": False, "host": "12", "pattern": "x=y"}
    assert file.masked["variables"] == file.experiment.variables


def test_an_override_may_name_the_environment(read: Read) -> None:
    file = read(SHOP, overrides={"host": "${env:WHERE}"}, environ={"WHERE": "secret.host", "NAME": "n"})
    assert file.experiment.description.startswith("secret.host:8080")
    assert file.secrets["WHERE"] == "secret.host"
    assert "secret.host" not in str(file.masked)


@pytest.mark.parametrize(
    ("overrides", "message", "hint"),
    [
        ({"prot": "1"}, "there is no variable `prot`", "did you mean `--set port=...`?"),
        ({"zzz": "1"}, "there is no variable `zzz`", "the file has `port`, `host`, `fast` and `pattern`"),
        ({"port": "many"}, "variable `port` is a number, but `--set port=many` is not", "give a number"),
        ({"port": "nan"}, "variable `port` is a number", "give a number"),
        ({"fast": "yes"}, "variable `fast` is `true` or `false`", "give `true` or `false`"),
        ({"host": "${port}"}, "`${port}` stands in a variable", "write its value"),
    ],
)
def test_wrong_overrides_are_told(
    overrides: dict[str, str], message: str, hint: str, problems_of: ProblemsOf
) -> None:
    (problem,) = problems_of(SHOP, overrides=overrides, environ={"NAME": ""})
    assert message in problem.message
    assert hint in problem.hint
    assert problem.line == 10


def test_a_missing_variable_of_the_environment_is_told_where_it_stands(problems_of: ProblemsOf) -> None:
    (problem,) = problems_of(SHOP, environ={"NAMES": "x"})
    assert (problem.line, problem.column) == (13, 14)
    assert "the environment has no NAME" in problem.message
    assert "did you mean `${env:NAMES}`?" in problem.hint


def test_a_bad_variable_is_told_once_and_not_at_every_use(problems_of: ProblemsOf) -> None:
    text = VALID + "variables: {a: '${env:UNSET}', b: [1]}\nowner: ${a}\nseed: ${a}\ntags: ['${b}', '${a}']\n"
    assert [(p.line, p.column) for p in problems_of(text)] == [(10, 16), (10, 35)]


def test_keys_are_not_substituted(problems_of: ProblemsOf) -> None:
    (problem,) = problems_of(VALID.replace("healthy:", '"${a}":') + "variables: {a: up}\n")
    assert "the name `${a}` is not a name" in problem.message


def test_problems_do_not_show_secrets(problems_of: ProblemsOf) -> None:
    text = VALID.replace("for: 20 s", "for: ${env:TOKEN}") + "owner: ['${env:TOKEN}']\n"
    problems = problems_of(text, environ={"TOKEN": "hunter2 s"})
    told = " ".join(f"{p.message} {p.hint}" for p in problems)
    assert len(problems) == 2
    assert "hunter2" not in told
    assert "${env:TOKEN}" in told


def test_an_environment_that_is_no_text_is_told(problems_of: ProblemsOf) -> None:
    (problem,) = problems_of(VALID + "owner: ${env:ODD}\n", environ={"ODD": "caf\udce9"})
    assert "ODD in the environment is not UTF-8" in problem.message


def test_an_unused_variable_is_doubted(read: Read) -> None:
    (warning,) = read(VALID + "variables: {unused: 1}\n").warnings
    assert (warning.line, warning.column) == (10, 13)
    assert "variable `unused` is not used" in warning.message


def test_another_process_resolves_a_masked_piece() -> None:
    piece: JsonValue = {"url": "http://${env:HOST}/$${x}", "n": [1, None, True, "${env:PORT:-80}"]}
    resolved = resolve_environment(piece, {"HOST": "h"})
    assert resolved == {"url": "http://h/${x}", "n": [1, None, True, "80"]}
    assert secret_values(piece, {"HOST": "h", "OTHER": "o"}) == {"HOST": "h"}
    with pytest.raises(InvalidInput, match="the environment has no HOST"):
        resolve_environment(piece, {})


def test_longer_secrets_are_scrubbed_first() -> None:
    secrets = {"SHORT": "abc", "LONG": "abcdef"}
    assert scrubbed("x abcdef abc 1", {**secrets, "ONE": "1"}) == "x ${env:LONG} ${env:SHORT} 1"


def test_a_path_with_a_placeholder_is_made_absolute(read: Read, tmp_path: Path) -> None:
    text = VALID.replace("cmdline: shop-replica", "pidfile: '${env:WHERE}/shop.pid'")
    relative = read(text, environ={"WHERE": "run"})
    assert relative.experiment.faults[0].targets.process is not None
    assert relative.experiment.faults[0].targets.process.pidfile == tmp_path / "run/shop.pid"
    assert f"{tmp_path}/${{env:WHERE}}/shop.pid" in str(relative.masked)
    absolute = read(text, environ={"WHERE": "/run"})
    assert absolute.experiment.faults[0].targets.process is not None
    assert absolute.experiment.faults[0].targets.process.pidfile == Path("/run/shop.pid")
    assert "'${env:WHERE}/shop.pid'" in str(absolute.masked)
