"""What anybody may write onto an object is read as an undo, or told in a sentence: never a traceback."""

import json
import re

import pytest

from seatrial.kube import marks
from seatrial.kube.access import Access
from seatrial.run.intents import Intent, Unreadable, read_intent

ACCESS = Access(kubeconfig="/mine", context="here")
LEASE = "20260101T000000-x.f0.t0"
WHERE = {"kind": "Deployment", "namespace": "shop", "name": "web", "uid": "u"}
GOOD = {
    "id": LEASE,
    "action": "workload.scale",
    "arguments": {},
    "target": {"kind": "kubernetes", "access": {"kubeconfig": "/theirs"}, "object": WHERE},
    "state": {},
}


def _read(text: str) -> Intent | Unreadable:
    meta: dict[str, object] = {key: value for key, value in WHERE.items() if key != "kind"}
    meta |= {"labels": {marks.RUN: marks.of_lease(LEASE)}, "annotations": {marks.UNDO: text}}
    return read_intent({"kind": "Deployment", "metadata": meta}, ACCESS)


def test_it_is_done_with_the_access_of_who_reads_it() -> None:
    read = _read(json.dumps(GOOD))
    assert isinstance(read, Intent)
    assert read.undo.target.model_dump()["access"] == ACCESS.model_dump()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value"),
        ("[]", "list indices"),
        ("[" * 100_000, "recursion"),
        (json.dumps({**GOOD, "id": 5}), "expected string"),
        (json.dumps({**GOOD, "target": "it"}), "item assignment"),
        (json.dumps({**GOOD, "target": {"kind": "planet"}}), "planet"),
        (json.dumps({**GOOD, "state": [1]}), r"Expected `object`, got `array` - at `\$.state`"),
        (json.dumps({**GOOD, "timeout_s": "long"}), r"at `\$.timeout_s`"),
        (json.dumps({**GOOD, "also": 1}), "unknown field `also`"),
        (json.dumps({key: value for key, value in GOOD.items() if key != "action"}), "`action`"),
    ],
    ids=["empty", "a list", "deep", "id", "target", "kind", "state", "timeout", "more", "less"],
)
def test_what_is_none_is_told(text: str, said: str) -> None:
    read = _read(text)
    assert isinstance(read, Unreadable)
    assert re.search(said, read.why), read.why
    assert "\n" not in read.why
