"""What stands on a marked object, read as the undo that it is; nothing else is done because of it.

Whoever may write the object may write this, and whoever rolls back may have more rights than they. So an
intent counts only for what it stands on, for actions on Kubernetes, and with no word of the environment.
"""

import json
import re
from typing import Any, NamedTuple

from seatrial.journal.entries import Undo
from seatrial.kube import marks
from seatrial.kube.access import Access
from seatrial.kube.client import Json
from seatrial.kube.kinds import KINDS
from seatrial.kube.objects import annotations, labels, metadata
from seatrial.kube.ref import Ref

_ID = re.compile(r"(?P<run>.+)\.(?P<fault>f\d+\.t\d+)")
_OF_ENVIRONMENT = "${env:"


class Intent(NamedTuple):
    """One fault, as the object says that is taken back."""

    run: str
    """The id of its run."""
    on: Ref
    """The object that says so."""
    undo: Undo


class Unreadable(NamedTuple):
    """An object with a mark that says nothing that could be undone."""

    on: Ref
    mark: str
    """The value of its label."""
    why: str

    @property
    def advice(self) -> str:
        """What only a person can do."""
        return f"put it right by hand, then `kubectl label {self.on.for_kubectl} {marks.RUN}-`"


def read_intent(found: Json, access: Access) -> Intent | Unreadable:
    """What an object says, to be done with this access, whatever that of the run was."""
    on, mark = _ref(found), labels(found)[marks.RUN]
    text = annotations(found).get(marks.UNDO)
    if text is None:
        return Unreadable(on, mark, f"it has the label {marks.RUN}, and no annotation {marks.UNDO}")
    try:
        data = json.loads(text)
        run, fault = _parted(data["id"])
        data["target"]["access"] = access.model_dump(mode="json")
        undo = Undo.model_validate({**data, "id": fault})
        _check(undo, on, text, mark, data["id"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return Unreadable(
            on, mark, f"its annotation {marks.UNDO} is not to be followed: {_first_line(error)}"
        )
    return Intent(run, on, undo)


def _parted(lease: str) -> tuple[str, str]:
    """The id of the run, and of its fault."""
    found = _ID.fullmatch(lease)
    if found is None:
        raise ValueError(f"{lease!r} names no fault of a run")
    return found["run"], found["fault"]


def _check(undo: Undo, on: Ref, text: str, mark: str, lease: str) -> None:
    if _OF_ENVIRONMENT in text:
        raise ValueError("it asks for a value of the environment")
    if undo.target.kind != "kubernetes":
        raise ValueError(f"it is about a {undo.target.kind}")
    if mark != marks.of_lease(lease):
        raise ValueError(f"it is of another fault than its label {mark}")
    for ref in _refs([undo.target.model_dump(mode="json"), undo.state]):
        if ref.get("uid") != on.uid and _namespace_of(ref) != on.namespace:
            raise ValueError(f"it is about {ref['kind']} {ref.get('namespace') or ''}/{ref['name']} as well")


def _namespace_of(ref: dict[str, Any]) -> Any:
    return ref["name"] if ref["kind"] == "Namespace" else ref.get("namespace")


def _refs(data: Any) -> list[dict[str, Any]]:
    """All references to objects, however deep."""
    if isinstance(data, list):
        return [ref for one in data for ref in _refs(one)]
    if not isinstance(data, dict):
        return []
    own = [data] if data.get("kind") in KINDS and "name" in data else []
    return own + [ref for one in data.values() for ref in _refs(one)]


def _ref(found: Json) -> Ref:
    data = metadata(found)
    return Ref(kind=found["kind"], namespace=data.get("namespace"), name=data["name"], uid=data["uid"])


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
