"""Edits are taken back exactly, whatever others do beside them."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.kube.edits import ABSENT, Change, Edit, change_of, changes_of, is_before, read
from seatrial.kube.patches import is_replaced, is_there, to_apply, to_restore

DEPLOYMENT: dict[str, Any] = {
    "metadata": {"uid": "u"},
    "spec": {
        "replicas": 3,
        "template": {
            "spec": {"containers": [{"name": "web", "image": "web:1"}, {"name": "log", "image": "log:1"}]}
        },
    },
}
EDITS = (
    Edit(("spec", "replicas"), 0),
    Edit(("spec", "template", "spec", "containers", {"name": "log"}, "image"), "nothing:0"),
    Edit(("spec", "template", "metadata", "annotations", "a/b~c"), "now"),
    Edit(("spec", "taints", {"key": "k"}), {"key": "k", "effect": "NoSchedule"}),
    Edit(("spec", "replicas"), ABSENT),
)


OTHERS: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"op": "add", "path": "/spec/template/spec/containers/0", "value": {"name": "new", "image": "x:1"}}],
    [{"op": "add", "path": "/spec/paused", "value": True}],
    [{"op": "add", "path": "/metadata/labels", "value": {"app": "shop"}}],
)


def patched(document: Any, operations: list[dict[str, Any]]) -> Any:
    """RFC 6902 as an API server does it: AssertionError where a test fails, and null is nothing."""
    document = copy.deepcopy(document)
    for asked in copy.deepcopy(operations):
        one = asked
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in one["path"].split("/")[1:]]
        parent = _at(document, way)
        if one["op"] == "move":
            *source, key = one["from"].split("/")[1:]
            one = {"op": "add", "value": _at(document, source).pop(key)}
        (_in_list if isinstance(parent, list) else _in_mapping)(parent, last, one)
    return document


def _at(document: Any, way: list[str]) -> Any:
    for part in way:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _in_mapping(parent: dict[str, Any], key: str, one: dict[str, Any]) -> None:
    if one["op"] == "test":
        assert parent.get(key) == one["value"], one
    elif one["op"] == "remove":
        del parent[key]
    else:
        assert one["op"] == "add" or key in parent, one
        parent[key] = one["value"]


def _in_list(parent: list[Any], key: str, one: dict[str, Any]) -> None:
    if one["op"] == "add":
        parent.insert(len(parent) if key == "-" else int(key), one["value"])
    elif one["op"] == "remove":
        del parent[int(key)]
    elif one["op"] == "replace":
        parent[int(key)] = one["value"]
    else:
        assert parent[int(key)] == one["value"], one


@pytest.mark.parametrize("edit", EDITS, ids=str)
@pytest.mark.parametrize("others", OTHERS, ids=["nothing", "container", "paused", "labels"])
def test_an_edit_is_taken_back_exactly_whatever_others_do_beside_it(
    edit: Edit, others: list[dict[str, Any]]
) -> None:
    change = change_of(DEPLOYMENT, edit)
    faulty = patched(DEPLOYMENT, to_apply(DEPLOYMENT, [change]))
    assert read(faulty, edit.place) == edit.value
    assert is_there(faulty, change)

    meanwhile = patched(faulty, others)
    restored = patched(meanwhile, to_restore(meanwhile, [change]))

    assert restored == patched(DEPLOYMENT, others)
    assert not is_there(restored, change)
    assert to_restore(restored, [change]) == [], "a second undo has nothing to do"


@pytest.mark.parametrize("edit", EDITS[:2], ids=str)
def test_another_value_of_another_is_left(edit: Edit) -> None:
    change = change_of(DEPLOYMENT, edit)
    faulty = patched(DEPLOYMENT, to_apply(DEPLOYMENT, [change]))
    foreign = change_of(faulty, Edit(edit.place, 7))
    theirs = patched(faulty, to_apply(faulty, [foreign]))
    assert to_restore(theirs, [change]) == []
    assert is_replaced(theirs, change)
    assert not is_replaced(faulty, change)
    assert not is_replaced(DEPLOYMENT, change)


def test_an_element_of_a_list_that_another_has_changed_is_left_whole() -> None:
    shared = {**DEPLOYMENT, "spec": {**DEPLOYMENT["spec"], "taints": [{"key": "theirs"}]}}
    change = change_of(shared, Edit(("spec", "taints", {"key": "k"}), {"key": "k", "value": "ours"}))
    faulty = patched(shared, to_apply(shared, [change]))
    faulty["spec"]["taints"][1]["value"] = "another"
    assert to_restore(faulty, [change]) == []
    assert is_replaced(faulty, change)


def test_a_value_that_moved_meanwhile_fails_the_patch() -> None:
    change = change_of(DEPLOYMENT, EDITS[1])
    patch = to_apply(DEPLOYMENT, [change])
    moved = patched(DEPLOYMENT, OTHERS[1])
    with pytest.raises(AssertionError):
        patched(moved, patch)


def test_what_others_put_beside_ours_stays() -> None:
    annotation, taint = (change_of(DEPLOYMENT, edit) for edit in (EDITS[2], EDITS[3]))
    faulty = patched(DEPLOYMENT, to_apply(DEPLOYMENT, [annotation, taint]))
    faulty["spec"]["taints"].insert(0, {"key": "theirs"})
    faulty["spec"]["template"]["metadata"]["annotations"]["theirs"] = "yes"
    restored = patched(faulty, to_restore(faulty, [annotation, taint]))
    assert restored["spec"]["taints"] == [{"key": "theirs"}]
    assert restored["spec"]["template"]["metadata"] == {"annotations": {"theirs": "yes"}}


def test_edits_that_need_the_same_new_parent_are_one_change() -> None:
    template = ("spec", "template", "metadata", "annotations")
    wanted = [
        Edit((*template, "a"), "1"),
        Edit((*template, "b"), "2"),
        Edit(("spec", "taints", {"key": "k"}), {"key": "k"}),
        Edit(("spec", "taints", {"key": "l"}), {"key": "l"}),
    ]
    changes = changes_of(DEPLOYMENT, wanted)
    faulty = patched(DEPLOYMENT, to_apply(DEPLOYMENT, changes))
    assert read(faulty, template) == {"a": "1", "b": "2"}
    assert read(faulty, ("spec", "taints")) == [{"key": "k"}, {"key": "l"}]
    assert patched(faulty, to_restore(faulty, changes)) == DEPLOYMENT


def test_a_mapping_that_lost_all_its_keys_comes_back() -> None:
    config = {"metadata": {}, "data": {"a": "1", "b": "2"}}
    changes = changes_of(config, [Edit(("data", key), ABSENT) for key in "ab"])
    faulty = patched(config, to_apply(config, changes))
    assert faulty["data"] == {}
    del faulty["data"]  # as an API server writes it
    assert patched(faulty, to_restore(faulty, changes)) == config


SECRET: dict[str, Any] = {"metadata": {"resourceVersion": "7"}, "data": {"key": "c2VjcmV0", "more": "bQ=="}}


@pytest.mark.parametrize("value", ["bm8=", ABSENT], ids=["changed", "removed"])
def test_what_is_kept_in_the_object_is_never_read(value: Any) -> None:
    change = change_of(SECRET, Edit(("data", "key"), value, keep_as="kept"))
    patch = to_apply(SECRET, [change])
    assert is_before(SECRET, change)
    assert "c2VjcmV0" not in change.model_dump_json() + repr(patch)
    faulty = patched(SECRET, patch)
    assert (read(faulty, ("data", "key")), faulty["data"]["kept"]) == (value, "c2VjcmV0")
    back = to_restore(faulty, [Change.model_validate_json(change.model_dump_json())])
    assert "c2VjcmV0" not in repr(back)
    assert patched(faulty, back) == SECRET
    assert to_restore(SECRET, [change]) == []
    assert not is_replaced(SECRET, change)


def test_a_secret_that_another_has_set_meanwhile_is_left_and_what_was_kept_goes() -> None:
    change = change_of(SECRET, Edit(("data", "key"), "bm8=", keep_as="kept"))
    faulty = patched(SECRET, to_apply(SECRET, [change]))
    faulty["data"]["key"] = "bmV3"
    assert is_replaced(faulty, change)
    assert patched(faulty, to_restore(faulty, [change]))["data"] == {"key": "bmV3", "more": "bQ=="}


def test_a_change_survives_json_with_what_was_not_there() -> None:
    change = change_of(DEPLOYMENT, EDITS[2])
    assert change.before == ABSENT
    assert Change.model_validate_json(change.model_dump_json()) == change


_KEYS = st.sampled_from("abc")
_DOCUMENTS = st.recursive(
    st.integers(0, 3), lambda inner: st.dictionaries(_KEYS, inner, max_size=3), max_leaves=8
).filter(lambda document: isinstance(document, dict))


@given(document=_DOCUMENTS, place=st.lists(_KEYS, min_size=1, max_size=3), value=st.integers(0, 3))
def test_any_edit_of_any_document_is_taken_back(document: Any, place: list[str], value: int) -> None:
    parents = [read(document, tuple(place[:n])) for n in range(1, len(place))]
    if any(not isinstance(parent, dict) and parent != ABSENT for parent in parents):
        return  # a number has no keys
    change = change_of(document, Edit(tuple(place), value))
    faulty = patched(document, to_apply(document, [change]))
    assert read(faulty, tuple(place)) == value
    assert patched(faulty, to_restore(faulty, [change])) == document
