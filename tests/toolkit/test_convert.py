"""Converted experiments are native ones, and nothing of them is lost."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.files.checked import checked
from seatrial.files.experiment_file import read_experiment
from seatrial.files.node import plain
from seatrial.files.problem import InvalidFile
from seatrial.files.source import read_source
from seatrial.files.yaml_reader import read_yaml
from seatrial.plan.resolve import make_plan
from seatrial.toolkit.convert import convert
from seatrial.toolkit.convert_yaml import Remark, written
from tests.toolkit.corpus import CORPUS, Experiment, action, experiment, http, probe, process, python, steady

FOR_A_PERSON = re.compile(
    r"there is no module|has no known inverse|the environment has no|needs .*: add it to|does not take"
)
"""What only a person, or another machine, can mend: drivers, variables of the environment, an undo."""


def converted(folder: Path, document: Experiment) -> tuple[Path, str]:
    source = folder / "theirs.json"
    source.write_text(json.dumps(document))
    text = convert(source).text
    native = folder / "ours.yaml"
    native.write_text(text)
    return native, text


def parsed(path: Path) -> dict[str, Any]:
    root, problems = read_yaml(read_source(path))
    assert problems == []
    told = plain(root)
    assert isinstance(told, dict)
    return told


def leaves(value: object) -> Iterator[str]:
    """Every text, number and key of a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


# Words of their form that become words of ours.
TRANSLATED = {
    *("action", "after", "arguments", "background", "before", "configuration", "controls", "default", "env"),
    *("env_var_type", "http", "key", "max_retries", "method", "name", "pauses", "path", "probe", "probes"),
    *("process", "provider", "python", "ref", "rollbacks", "secrets", "steady-state-hypothesis", "timeout"),
    *("tolerance", "type", "vault", "verify_tls", "1.0"),
}


def lost(document: Experiment, text: str) -> list[str]:
    """What of a document is nowhere in the text, not even in a comment."""
    shown = text.replace("$${", "${").replace("\\\\", "\\").replace('\\"', '"')
    hidden = {
        value
        for group in document.get("secrets", {}).values()
        for value in group.values()
        if isinstance(value, str)
    }
    hidden |= {key for group in document.get("secrets", {}) for key in document["secrets"][group]}
    hidden |= set(document.get("secrets", {}))
    return [leaf for leaf in leaves(document) if leaf not in shown and leaf not in TRANSLATED | hidden]


# Pauses become times, names of typed variables are declared by their value.
REWORKED = {
    "placeholders": {"$name", "$$name", "_private"},
    "references and a game day": {"2.5"},
    "dynamic and typed configuration": {"odd-name.1"},
    "a toxic by HTTP": {"${hold}"},
    "a vault": {"Bearer ${token}"},
    "many retries": {"head"},
}
SECONDS = {"3", "5", "9", "10", "20", "30", "45", "60", "300"}
"""Of pauses; they may be added up."""


@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus(name: str, tmp_path: Path) -> None:
    path, text = converted(tmp_path, CORPUS[name])
    told = checked(path)
    assert [p for p in told.problems if not FOR_A_PERSON.search(p.message)] == []
    document = parsed(path)
    assert document["title"].replace("$${", "${") == CORPUS[name]["title"]
    assert set(lost(CORPUS[name], text)) <= REWORKED.get(name, set()) | SECONDS
    actions = [one for one in CORPUS[name]["method"] if one.get("type") == "action"]
    assert len(document.get("faults", [])) <= len(CORPUS[name]["method"])
    assert bool(document.get("faults")) == bool(actions)


def test_a_file_without_gaps_is_planned_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = converted(tmp_path, CORPUS["scale down and up"])
    read = read_experiment(path)
    plan = make_plan(read, seed=1)
    assert plan.refusals == ()
    (fault,) = plan.faults
    assert (fault.starts_at_s, fault.hold_s) == (0, 30)
    assert fault.undo == "call scale_deployment(name='shop', replicas=3)"
    assert [target.target.label for target in fault.targets] == ["shop"]
    assert plan.slis[0].objective.text == "status == 200"


def test_what_becomes_of_each_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_CONTEXT", "staging")
    path, _ = converted(tmp_path, CORPUS["a known inverse"])
    (fault,) = parsed(path)["faults"]
    assert "undo" not in fault["with"]
    assert fault["with"]["secrets"] == {"KUBERNETES_CONTEXT": "${env:KUBERNETES_CONTEXT}"}
    assert parsed(path)["variables"] == {"node": "${env:NODE:-node-1}"}
    assert read_experiment(path).experiment.faults[0].parameters.describe_undo().startswith("uncordon")


def test_rollbacks_find_what_they_take_back(tmp_path: Path) -> None:
    path, _ = converted(tmp_path, CORPUS["network policies"])
    deny, late = parsed(path)["faults"]
    assert deny["with"]["undo"]["func"] == "remove_deny_all_ingress"
    assert late["with"]["undo"]["func"] == "delete_network_fault"
    assert (deny["at"], deny["for"], late["at"], late["for"]) == ("0 s", "60 s", "30 s", "30 s")


def test_what_was_ended_in_the_method_ends_there(tmp_path: Path) -> None:
    path, _ = converted(tmp_path, CORPUS["a toxic by its driver, ended in the method too"])
    (fault,) = parsed(path)["faults"]
    assert (fault["with"]["func"], fault["with"]["undo"]["func"]) == ("create_latency_toxic", "delete_toxic")
    assert fault["for"] == "20 s"


def test_literal_secrets_do_not_move_over(tmp_path: Path) -> None:
    _, text = converted(tmp_path, CORPUS["secrets in the file"])
    assert "hush-hush" not in text
    assert "${env:SALT_SALTMASTER_PASSWORD}" in text
    assert "JUDGE: the secret salt.SALTMASTER_PASSWORD stood in the file" in text


def test_placeholders_mean_what_they_meant(tmp_path: Path) -> None:
    path, _ = converted(tmp_path, CORPUS["placeholders"])
    (fault,) = read_experiment(path).experiment.faults
    provider = fault.parameters.provider  # type: ignore[attr-defined]
    assert provider.arguments == ["world", "worlds", "$name", "${unknown}", "${no name}", "100$"]


def test_what_a_person_has_to_judge_is_counted(tmp_path: Path) -> None:
    source = tmp_path / "theirs.json"
    source.write_text(json.dumps(CORPUS["nothing at all"]))
    made = convert(source)
    assert made.judgements == made.text.count("# JUDGE: ") > 1


# --- properties -----------------------------------------------------------------------------------

words = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12
)
names = st.from_regex(r"\A[a-z][a-z0-9 _-]{0,10}[a-z]\Z")
scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
providers = st.one_of(
    st.builds(lambda a: python("seatrial.testing.shelf", "answer", value=a), values),
    st.builds(lambda a: process("echo", a), st.lists(scalars, max_size=3)),
    st.builds(lambda u, m: http(f"http://127.0.0.1/{u}", method=m), words, st.sampled_from(["GET", "POST"])),
)
tolerances = st.one_of(
    st.booleans(), st.integers(100, 600), st.lists(st.integers(0, 9), min_size=2, max_size=3), words
)
actions = st.builds(action, names, providers, after=st.none() | st.integers(0, 60))
probes = st.builds(probe, names, providers, tolerances)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    made = experiment(
        draw(words.filter(str.strip)),
        *draw(st.lists(actions | probes, max_size=4)),
        rollbacks=draw(st.lists(actions, max_size=3)),
        configuration=draw(st.dictionaries(names, values, max_size=3)),
        tags=draw(st.lists(words, max_size=2)),
    )
    looked_at = draw(st.lists(probes, max_size=3))
    return {**made, "steady-state-hypothesis": steady(*looked_at)} if looked_at else made


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(document=experiments())
def test_any_experiment_gives_a_native_one(document: Experiment, tmp_path: Path) -> None:
    path, _ = converted(tmp_path, document)
    told = checked(path)
    assert [p for p in told.problems if not FOR_A_PERSON.search(p.message)] == []
    native = parsed(path)
    assert len(native.get("slis", {})) == max(
        1, len(document.get("steady-state-hypothesis", {}).get("probes", []))
    )


@settings(max_examples=60)
@given(tree=st.dictionaries(words.filter(bool), values, min_size=1, max_size=4))
def test_what_is_written_is_read_back(tree: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "tree.yaml"
    path.write_text(written({Remark("a remark\nof two lines"): None, **tree}))
    assert parsed(path) == tree


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    document=values
    | st.dictionaries(
        st.sampled_from(
            [*CORPUS["nothing at all"], "rollbacks", "secrets", "configuration", "steady-state-hypothesis"]
        ),
        values,
    )
)
def test_anything_else_is_refused_in_a_sentence(document: object, tmp_path: Path) -> None:
    source = tmp_path / "theirs.json"
    source.write_text(json.dumps(document))
    try:
        text = convert(source).text
    except InvalidFile as error:
        text = error.message
    assert text


# --- the command ----------------------------------------------------------------------------------


def seatrial(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "seatrial", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command(tmp_path: Path) -> None:
    source, native = tmp_path / "theirs.json", tmp_path / "ours.yaml"
    source.write_text(json.dumps(CORPUS["pods are terminated"]))
    printed = seatrial("convert", source)
    assert printed.returncode == 0
    kept = seatrial("convert", source, "--output", native)
    assert kept.returncode == 0
    assert native.read_text() == printed.stdout
    assert "places need judgement" in kept.stderr
    again = seatrial("convert", source, "-o", native)
    assert (again.returncode, "is there already, and is not overwritten" in again.stderr) == (2, True)
    assert seatrial("check", native).returncode == 0


def test_a_reference_to_nothing_is_told_with_its_place(tmp_path: Path) -> None:
    source = tmp_path / "theirs.json"
    document = experiment("t", action("a", process("true")), rollbacks=[{"ref": "a"}, {"ref": "nobody"}])
    source.write_text(json.dumps(document, indent=1))
    line = 1 + next(n for n, text in enumerate(source.read_text().splitlines()) if "nobody" in text)
    with pytest.raises(InvalidFile, match=rf"theirs\.json:{line}:\d+: there is no activity 'nobody'"):
        convert(source)


def test_a_broken_file_is_told_with_its_place(tmp_path: Path) -> None:
    source = tmp_path / "theirs.json"
    document = experiment("t", {"type": "action", "name": "a"}, rollbacks=[{"ref": "nobody"}])
    source.write_text(json.dumps(document, indent=1))
    said = seatrial("convert", source)
    assert said.returncode == 2
    assert re.search(r"theirs\.json:\d+:\d+: .* is missing\nhint: ", said.stderr)
    assert "Traceback" not in said.stderr
