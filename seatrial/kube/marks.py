"""The names that Seatrial writes onto objects, for itself and for people."""

import hashlib
import re
from typing import Final

RUN: Final = "seatrial.io/run"
"""Label: a fault of this run is on the object. It is the lock as well."""
UNDO: Final = "seatrial.io/undo"
"""Annotation: how that fault is taken back, as JSON."""
NEVER: Final = "seatrial.io/never"
"""Label that teams set to `true`: no fault ever touches this object, or anything of this namespace."""
OWN: Final = "seatrial.io/own"
"""Label of what Seatrial itself runs: guardians, agents, load."""
OWN_GUARDIAN: Final = "guardian"
RUN_ID: Final = "seatrial.io/run-id"
"""Annotation of what Seatrial itself runs: for which run, in full."""
SYSTEM_NAMESPACES: Final = frozenset({"kube-system", "kube-public", "kube-node-lease"})


def of_lease(lease: str) -> str:
    """A fault of a run as the value of a label: when the run began, which it is, and which of its faults."""
    run, fault = re.fullmatch(r"(.*?)(?:\.(f\d+\.t\d+))?", lease, re.DOTALL).groups()  # type: ignore[union-attr]
    stamp = run.partition("-")[0][:20]
    digest = hashlib.sha256(run.encode()).hexdigest()[:10]
    return label_value(f"{stamp}-{digest}" + (f".{fault}" if fault else ""))


def label_value(text: str) -> str:
    """Any text as the value of a label: at most 63 characters, the end of a long one, for it differs more."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", text)[-63:]
    return safe.strip("-_.")


def object_name(text: str) -> str:
    """Any text as the name of an object: a DNS label of at most 63 characters."""
    return re.sub(r"[^a-z0-9-]", "-", text.lower())[-63:].strip("-")
