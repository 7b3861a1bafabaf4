"""`seatrial schema`: what an editor marks is what `check` refuses, and the rest it completes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import JsonValue

from seatrial.files.json_schema import experiment_schema
from seatrial.files.node import plain
from seatrial.files.source import Source, read_source
from seatrial.files.starter import make_team_pack
from seatrial.files.yaml_reader import read_yaml
from seatrial.pack import load_packs
from seatrial.precaution import Precaution
from tests.cli.conftest import Run
from tests.files.conftest import VALID
from tests.files.test_properties import TEXT

MALFORMED = Path(__file__).parents[1] / "files" / "malformed"
SCHEMA = experiment_schema(load_packs())
VALIDATOR = Draft202012Validator(SCHEMA)


def document(text: str) -> JsonValue:
    return plain(read_yaml(Source("x.yaml", text, ""))[0])


def test_it_is_a_schema_and_what_the_command_prints(run: Run) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    said = run("schema")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_it_is_the_same_on_every_machine() -> None:
    assert "seatrial_pack_" not in json.dumps(SCHEMA)


@pytest.mark.parametrize("path", load_packs().experiments(), ids=lambda path: path.name)
def test_shipped_experiments_fit(path: Path) -> None:
    VALIDATOR.validate(plain(read_yaml(read_source(path))[0]))


@pytest.mark.parametrize(
    "text",
    [
        VALID,
        TEXT,
        VALID + "$schema: x.json\n",
        VALID.replace("20 s", "${hold}").replace("1,", "'${n}',").replace("34%", "'${share}'"),
        VALID + "seed: ${n}\ndefault_guards: ${flag}\nstop_when: ['${guard}']\ninterval: ${env:I:-1 s}\n",
        VALID + "load: {host: h, rate: 6000 /min, requests: [{path: '${p}', method: '${m}'}]}\n",
        VALID.replace("20 s", "1 h 5 min"),
    ],
)
def test_right_ones_fit(text: str) -> None:
    VALIDATOR.validate(document(text))


@pytest.mark.parametrize(
    "name",
    [
        *("unknown_key.yaml", "unknown_key_in_selector.yaml", "unknown_action.yaml", "unknown_probe.yaml"),
        *("unknown_key_of_action.yaml", "no_title.yaml", "no_objective.yaml", "no_probe.yaml", "no_for.yaml"),
        *("two_probes.yaml", "no_cap.yaml", "no_kind_of_target.yaml", "two_kinds_of_target.yaml"),
        *("text_is_number.yaml", "list_is_text.yaml", "mapping_is_list.yaml", "empty_title.yaml"),
        *("whole_number_is_text.yaml", "number_out_of_bounds.yaml", "flag_is_word.yaml", "empty_slis.yaml"),
        *("bad_sli_name.yaml", "variable_is_list.yaml", "wrong_word.yaml", "duration_without_unit.yaml"),
        *("duration_unknown_unit.yaml", "duration_sexagesimal.yaml", "duration_negative.yaml"),
        *("share_without_unit.yaml", "rate_without_unit.yaml", "bad_stage.yaml", "objective_is_word.yaml"),
        *("tolerance.yaml", "key_without_value.yaml", "faults_are_a_mapping.yaml"),
    ],
)
def test_wrong_ones_do_not(name: str) -> None:
    errors = list(VALIDATOR.iter_errors(document((MALFORMED / name).read_text())))
    assert errors


def test_a_teams_own_pack_is_in_it(tmp_path: Path, run: Run) -> None:
    make_team_pack(tmp_path)
    schema = json.loads(run("schema", "--pack", tmp_path).out)
    first = plain(read_yaml(read_source(tmp_path / "experiments" / "first.yaml"))[0])
    Draft202012Validator(schema).validate(first)
    assert not VALIDATOR.is_valid(first)


def schemas(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key with its schema."""
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            yield name, inner
        for inner in schema.values():
            yield from schemas(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from schemas(inner)


def test_an_editor_finds_descriptions_and_written_defaults() -> None:
    top = SCHEMA["properties"]
    assert [name for name, inner in top.items() if not inner.get("description")] == []
    assert top["baseline"]["default"] == "30 s"
    assert top["guard_false_stop"]["default"] == "1%"
    assert SCHEMA["$defs"]["Sli"]["properties"]["deviates_at"]["default"] == "3 of 5"
    described = {name: "description" in inner or "$ref" in inner for name, inner in schemas(SCHEMA)}
    assert described["cmdline"]
    assert described["for"]


def test_every_action_is_a_choice_with_its_own_keys() -> None:
    names = set()
    for choice in SCHEMA["properties"]["faults"]["items"]["oneOf"]:
        fault = SCHEMA["$defs"][choice["$ref"].rpartition("/")[2]]
        names.add(fault["properties"]["action"]["const"])
        assert fault["description"]
        assert fault["additionalProperties"] is False
    actions = load_packs().actions
    assert names == {name for name, one in actions.items() if not issubclass(one, Precaution)}
    precautions = actions.keys() - names
    assert precautions
    assert all(SCHEMA["properties"][name]["description"] for name in precautions)
