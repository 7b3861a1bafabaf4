"""Whatever is done to a valid experiment, it is read or its problems are told: never anything else."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from seatrial.files.experiment_file import read_experiment
from seatrial.files.json_reader import read_json
from seatrial.files.node import plain
from seatrial.files.plain_json import plain_json
from seatrial.files.problem import InvalidFile, Problem
from seatrial.files.source import BYTES_MAX, read_source
from seatrial.model.assembled import experiment_model
from seatrial.model.objective import Objective
from seatrial.model.units import (
    SECONDS_PER_UNIT,
    format_duration,
    format_share,
    parse_duration_s,
    parse_rate_per_s,
    parse_share,
)
from seatrial.pack import load_packs

TEXT = """\
title: One replica hangs
hypothesis: Nobody notices.
tags: [a, "b: c"]
variables: {n: 3, host: "127.0.0.1"}
slis:
  healthy: {http: "http://${host}:8080/health", objective: "status == 200", deviates_at: 3 of 5}
  availability: {load: success_ratio, objective: ">= 99.9%", under_fault: ">= 99%", timeout: 3 s}
  latency:
    load: {metric: p95, request: /}
    objective: "< 300 ms"
    under_fault: "<= 2x baseline"
load:
  host: "http://${host}"
  requests: [{path: /, weight: 2, headers: {a: b}, json: {x: [1, null]}}]
  profile: [{rate: 10/s, for: 10 s}, {rate: 10/s, to: 600/min, for: 1 min}]
faults:
  - action: process.pause
    targets: {process: {cmdline: shop-replica, exclude: "x+"}}
    stages: [1, 50%]
    for: 20 s
    at: 0 s
  - {action: command, with: {run: "true", undo: "true"}, targets: {host: {}}, for: 1 min 30 s}
blast_radius: {max_targets: 1, max_share: 34.5%, max_duration: 5 min}
stop_when: ["availability < 95%", "healthy.status != 200"]
recover_within: 30 s
seed: ${n}
"""
MODEL = experiment_model(load_packs())

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["20 s", "34%", "${n}", "${", "$${x}", "${env:HOME}", "< 3", "1:30", "*", "~x/y", "((("]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
quick = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, JsonValue]:
    path = tmp_path_factory.mktemp("valid") / "x.yaml"
    path.write_text(TEXT)
    return read_experiment(path, environ={}).masked


def is_read_or_told(path: Path, data: bytes) -> bool:
    """True where it is read; any error but the one that tells all problems is a failure."""
    path.write_bytes(data)
    problems = problems_in(path)
    lines = data.count(b"\n") + data.count(b"\r") + 2
    for problem in problems or ():
        assert problem.message
        assert problem.hint
        assert 1 <= problem.line <= lines
        assert problem.column >= 1
    return problems is None


def problems_in(path: Path) -> tuple[Problem, ...] | None:
    try:
        read_experiment(path, environ={"HOME": "/home"})
    except InvalidFile as error:
        return error.problems
    return None


def ways(value: JsonValue, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document below its root."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in inner for found in ((*way, key), *ways(item, (*way, key)))]


def changed(
    document: JsonValue, way: tuple[str | int, ...], change: Callable[[object, object], None]
) -> JsonValue:
    whole = copy.deepcopy(document)
    parent: object = whole
    for element in way[:-1]:
        parent = parent[element]  # type: ignore[index]  # a way of this very document
    change(parent, way[-1])
    return whole


@quick
@given(data=st.data())
def test_changed_documents(data: st.DataObject, document: dict[str, JsonValue], tmp_path: Path) -> None:
    whole: JsonValue = document
    for _ in range(data.draw(st.integers(1, 3))):
        places = ways(whole)
        if not places:
            break
        whole = changed(
            whole,
            data.draw(st.sampled_from(places)),
            data.draw(st.sampled_from([drop, rename, retype]))(data),
        )
    is_read_or_told(
        tmp_path / "x.json", json.dumps(whole, ensure_ascii=data.draw(st.booleans())).encode(errors="replace")
    )


Change = Callable[[object, object], None]


def drop(_: st.DataObject) -> Change:
    def change(parent: object, key: object) -> None:
        del parent[key]  # type: ignore[attr-defined]  # a list or a dict

    return change


def rename(data: st.DataObject) -> Change:
    def change(parent: object, key: object) -> None:
        if isinstance(parent, dict):
            parent[data.draw(st.text(max_size=10) | st.just(f"{key}s") | st.just(str(key)[:-1]))] = (
                parent.pop(key)
            )

    return change


def retype(data: st.DataObject) -> Change:
    def change(parent: object, key: object) -> None:
        parent[key] = data.draw(VALUES)  # type: ignore[index]  # a list or a dict

    return change


@quick
@given(data=st.data())
def test_spliced_texts(data: st.DataObject, tmp_path: Path) -> None:
    text = TEXT
    odd = st.sampled_from(list("\t\n\r:-?&*!|>'\"%@`{}[],# \x00\x85\u2028\ufeff")) | st.text(max_size=5)
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, len(text)))
        end = min(len(text), begin + data.draw(st.integers(0, 12)))
        text = text[:begin] + data.draw(odd) + text[end:]
    is_read_or_told(tmp_path / "x.yaml", text.encode(errors="surrogatepass"))


@quick
@given(data=st.binary(max_size=200), suffix=st.sampled_from([".yaml", ".json"]))
def test_any_bytes(data: bytes, suffix: str, tmp_path: Path) -> None:
    assert not is_read_or_told(tmp_path / f"x{suffix}", data)


@quick
@given(data=st.data())
def test_spliced_json(data: st.DataObject, document: dict[str, JsonValue], tmp_path: Path) -> None:
    text = json.dumps(document, indent=1)
    begin = data.draw(st.integers(0, len(text)))
    text = (
        text[:begin]
        + data.draw(st.sampled_from(list("{}[],:\"'\\ 1-eN\n")) | st.text(max_size=3))
        + text[begin:]
    )
    is_read_or_told(tmp_path / "x.json", text.encode(errors="surrogatepass"))


def test_the_document_is_right_as_it_stands(tmp_path: Path) -> None:
    assert is_read_or_told(tmp_path / "x.yaml", TEXT.encode())
    assert len(TEXT) < BYTES_MAX


def test_an_experiment_survives_its_own_json(document: dict[str, JsonValue]) -> None:
    experiment = MODEL.model_validate(document)
    dumped = experiment.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert MODEL.model_validate(json.loads(json.dumps(dumped))) == experiment


@given(seconds=st.floats(0, 1e7), share=st.floats(0, 1), rate=st.floats(1e-3, 1e6))
def test_units_are_written_as_they_are_read(seconds: float, share: float, rate: float) -> None:
    base = MODEL.model_validate(
        {"title": "t", "hypothesis": "h", "slis": {"a": {"tcp": "h:1", "objective": "open == true"}}}
    )
    changed = base.model_copy(update={"settle": seconds, "guard_false_stop": share})
    written = changed.model_dump(mode="json")
    assert parse_duration_s(written["settle"]) == pytest.approx(seconds, rel=1e-11)
    assert parse_share(written["guard_false_stop"]) == pytest.approx(share, rel=1e-11)
    assert parse_rate_per_s(f"{rate:.12g}/s") == pytest.approx(rate, rel=1e-11)


@given(number=st.decimals(0, 10**6, places=3), unit=st.sampled_from(sorted(SECONDS_PER_UNIT)))
def test_durations_have_their_unit(number: object, unit: str) -> None:
    assert parse_duration_s(f"{number} {unit}") == pytest.approx(float(str(number)) * SECONDS_PER_UNIT[unit])
    assert parse_duration_s(f"{number}{unit}") == parse_duration_s(f" {number}  {unit} ")


@given(seconds=st.integers(0, 10**6))
def test_durations_for_people_are_read_back(seconds: int) -> None:
    assert parse_duration_s(format_duration(seconds)) == pytest.approx(seconds, rel=0.005)


@given(share=st.floats(0, 1))
def test_shares_for_people_never_claim_all(share: float) -> None:
    told = parse_share(format_share(share))
    assert told == pytest.approx(share, abs=5e-5)
    assert told < 1 or share > 1 - 1e-9


NAMES = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_.-]{0,10}\Z")


@given(
    quantity=st.none() | NAMES,
    op=st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    number=st.decimals(0, 100, places=2),
    unit=st.sampled_from(["", "%", " ms", " s", " min", "/s", "x baseline", " x baseline"]),
    space=st.sampled_from(["", " "]),
)
def test_objectives_are_read_as_they_are_written(
    quantity: str | None, op: str, number: object, unit: str, space: str
) -> None:
    text = f"{quantity or ''}{space}{op}{space}{number}{unit}"
    objective = Objective(text)
    assert (objective.quantity, objective.op) == (quantity, op)
    assert objective.text == text.strip()
    assert Objective(objective.text) == objective
    factor = {"%": 0.01, " s": 1000, " min": 60_000}.get(unit, 1)
    assert objective.factor == pytest.approx(float(str(number)) * factor)
    assert objective.relative is unit.endswith("baseline")


@given(text=st.text(max_size=30) | st.from_regex(r"[<>=]+ ?[0-9.e+-]+ ?[a-z%/ ]*"))
def test_any_text_is_a_quantity_or_refused_in_words(text: str) -> None:
    parsers: tuple[Callable[[object], object], ...] = (
        Objective,
        parse_duration_s,
        parse_share,
        parse_rate_per_s,
    )
    for parse in parsers:
        assert refusal(parse, text) != ""


def refusal(parse: Callable[[object], object], text: str) -> str | None:
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return None


def is_plain_as_with_places(path: Path, text: str) -> bool:
    """Whether the quick reader took it; then the one that knows the places has nothing to tell of it."""
    quick = plain_json(text)
    if quick is None:
        return False
    path.write_bytes(text.encode(errors="surrogatepass"))
    tree, problems = read_json(read_source(path))
    assert (plain(tree), problems) == (quick, [])
    return True


SPLICED = [
    "{}",
    "[]",
    ",",
    ":",
    '"',
    "'",
    "\\ud800",
    "\\u0000",
    "NaN",
    "-1e999",
    "9" * 301,
    "[" * 60,
    "1e5",
    "\n",
]


@quick
@given(data=st.data(), twice=st.booleans())
def test_what_is_read_without_places_is_read_the_same_with_them(
    data: st.DataObject, twice: bool, document: dict[str, JsonValue], tmp_path: Path
) -> None:
    text = json.dumps(document, indent=data.draw(st.sampled_from([None, 1])))
    assert is_plain_as_with_places(tmp_path / "x.json", text)
    at = data.draw(st.integers(0, len(text)))
    is_plain_as_with_places(tmp_path / "x.json", text[:at] + data.draw(st.sampled_from(SPLICED)) + text[at:])
    if twice:
        assert not is_plain_as_with_places(tmp_path / "x.json", text.replace("{", '{"a": 1, "a": 2, ', 1))


@pytest.mark.parametrize(
    "text", ["", "null", "{} {}", '{"a": "\\ud83d\\ude00"}', "[" * 51 + "]" * 51, "[" + "1," * 10_001 + "1]"]
)
def test_what_is_left_to_the_reader_of_places(text: str) -> None:
    assert plain_json(text) is None
