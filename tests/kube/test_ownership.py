"""What a fault and its undo took of others' fields is given back, and nothing that is another's by now."""

from typing import Any

from seatrial.kube.ownership import given_back, is_owner

OURS = "seatrial-1.f0.t0"


def entry(manager: str, fields: dict[str, Any], time: str = "then") -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": "Update",
        "apiVersion": "v1",
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


def test_a_field_that_was_restored_goes_back_to_its_owner_with_its_own_time() -> None:
    before = [entry("helm", {"f:spec": {"f:replicas": {}, "f:paused": {}}})]
    now = [
        entry("helm", {"f:spec": {"f:paused": {}}}, "now"),
        entry(OURS, {"f:spec": {"f:replicas": {}}}, "now"),
    ]
    assert is_owner(now, OURS)
    assert given_back(before, now, OURS) == before


def test_an_owner_who_lost_all_comes_back() -> None:
    before = [entry("helm", {"f:spec": {"f:replicas": {}}}), entry("kubelet", {"f:status": {}})]
    now = [entry("kubelet", {"f:status": {}}, "now"), entry(OURS, {"f:spec": {"f:replicas": {}}})]
    assert [one["manager"] for one in given_back(before, now, OURS)] == ["helm", "kubelet"]


def test_a_map_whose_last_own_key_went_is_its_owner_s_again() -> None:
    """The API server drops the map itself with the key, and neither of us has it then."""
    before = [entry("kubectl", {"f:data": {".": {}, "f:password": {}}, "f:type": {}})]
    now = [entry("kubectl", {"f:type": {}}, "now"), entry(OURS, {"f:data": {"f:password": {}}})]
    assert given_back(before, now, OURS) == before


def test_what_another_has_taken_since_stays_theirs() -> None:
    before = [entry("helm", {"f:spec": {"f:replicas": {}, "f:paused": {}}})]
    now = [
        entry("hpa", {"f:spec": {"f:replicas": {}}}, "now"),
        entry(OURS, {"f:spec": {"f:paused": {}}}),
    ]
    assert [(one["manager"], one["fieldsV1"]) for one in given_back(before, now, OURS)] == [
        ("helm", {"f:spec": {"f:paused": {}}}),
        ("hpa", {"f:spec": {"f:replicas": {}}}),
    ]


def test_a_fault_of_another_run_keeps_what_is_its_own() -> None:
    other = entry("seatrial-2.f0.t0", {"f:spec": {"f:replicas": {}}})
    assert not is_owner([other], OURS)
    assert given_back([], [other], OURS) == [other]
