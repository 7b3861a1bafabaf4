"""YAML and JSON become the same tree, and every key and value knows its place."""

import hashlib
from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.files.json_reader import read_json
from seatrial.files.node import Node, Spot, at, child, plain
from seatrial.files.problem import InvalidFile
from seatrial.files.source import Source, read_source
from seatrial.files.yaml_reader import read_yaml


def plain_map(node: Node) -> dict[str, JsonValue]:
    value = plain(node)
    assert isinstance(value, dict)
    return value


def yaml(text: str) -> Node:
    node, problems = read_yaml(Source("x.yaml", text, ""))
    assert not problems
    return node


def json(text: str) -> Node:
    node, problems = read_json(Source("x.json", text, ""))
    assert not problems
    return node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("+3", 3),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("''", ""),
        ('"3"', "3"),
        ("!!str 3", "3"),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("2030-01-02", "2030-01-02"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("100/s", "100/s"),
        ("34%", "34%"),
        ("< 3 ms", "< 3 ms"),
        ("=", "="),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    read = plain_map(yaml(f"key: {text}\n"))
    assert read == {"key": value}
    assert type(read["key"]) is type(value)


def test_places_of_yaml() -> None:
    root = yaml("a: 1\nb:\n  - x\n  - {c: [1,\n      2]}\nd:\ne: |\n  text\n")
    spots = {
        ("a",): (Spot(1, 1), Spot(1, 4)),
        ("b",): (Spot(2, 1), Spot(3, 3)),
        ("b", 1): (Spot(4, 5), Spot(4, 5)),
        ("b", 1, "c"): (Spot(4, 6), Spot(4, 9)),
        ("b", 1, "c", 1): (Spot(5, 7), Spot(5, 7)),
        ("d",): (Spot(6, 1), Spot(6, 1)),
        ("e",): (Spot(7, 1), Spot(7, 4)),
    }
    for way, (key_spot, spot) in spots.items():
        entry = child(at(root, way[:-1]), way[-1])
        assert entry is not None
        assert (entry.key_spot, entry.node.spot) == (key_spot, spot), way


def test_places_of_json() -> None:
    root = json('{"a": 1,\n "b": [true, {"c":\n  null}]}')
    inner = at(root, ("b", 1))
    assert inner is not None
    assert inner.spot == Spot(2, 14)
    entry = child(inner, "c")
    assert entry is not None
    assert (entry.key_spot, entry.node.spot) == (Spot(2, 15), Spot(3, 3))


def test_both_give_the_same() -> None:
    document = (
        '{"a": [1, 2.5, "x", true, false, null, {}, [], -1e3], "b": {"c": "\\u00e9 \\ud83d\\ude00 \\/"}}'
    )
    expected = {"a": [1, 2.5, "x", True, False, None, {}, [], -1000.0], "b": {"c": "\xe9 \U0001f600 /"}}
    assert plain(json(document)) == expected
    assert plain(yaml(document.replace("\\ud83d\\ude00", "\U0001f600"))) == expected


def test_anchors_aliases_and_merges() -> None:
    root = yaml("a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [*a, {z: 4}]}\n")
    a = {"x": 1, "y": 2}
    assert plain(root) == {"a": a, "b": a, "c": {"x": 1, "y": 3}, "d": {**a, "z": 4}}


def test_problems_of_one_file_are_all_collected() -> None:
    text = "a: 1\na: 2\n3: x\nb: !no y\nc: 010\n"
    _, problems = read_yaml(Source("x.yaml", text, ""))
    assert [(p.line, p.column) for p in problems] == [(2, 1), (3, 1), (4, 4), (5, 4)]


def test_a_source_knows_its_hash_and_drops_the_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    source = read_source(path)
    assert source.text == "a: 1\n"
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_bound_counts_aliases_as_often_as_they_stand() -> None:
    few = "a: &a [" + "x, " * 100 + "x]\n"
    with pytest.raises(InvalidFile, match="more than 10000 values"):
        yaml(few + "".join(f"k{n}: *a\n" for n in range(120)))
    assert len(plain_map(yaml(few + "".join(f"k{n}: *a\n" for n in range(90))))) == 91
