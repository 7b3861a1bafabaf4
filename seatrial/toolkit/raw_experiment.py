"""An experiment as chaoslib holds it: plain dictionaries, which controls may change."""

import copy
from typing import Any, Final

from seatrial.toolkit.vault import without_vault

Document = dict[str, Any]
_LISTS: Final = {"method": "method", "rollback": "rollbacks"}
"""The lists of activities; all other sections are of the hypothesis."""


def activities_of(experiment: Document, section: str) -> list[Document]:
    """The activities of one section: `method`, `rollback`, and for all others the hypothesis' probes."""
    if section in _LISTS:
        return experiment.get(_LISTS[section]) or []
    return (experiment.get("steady-state-hypothesis") or {}).get("probes") or []


def resolved(experiment: Document, activity: Document) -> Document:
    """The activity that a `ref` means: of the hypothesis before of the method, as chaoslib looks it up."""
    ref = activity.get("ref")
    if not ref:
        return activity
    named = {
        one.get("name"): one
        for section in ("method", "hypothesis")
        for one in activities_of(experiment, section)
    }
    return named.get(ref, activity)


def known_to_chaoslib(experiment: Document) -> Document:
    """The experiment with integers for tolerances that chaoslib refuses, and with nothing of a vault."""
    known = copy.deepcopy(experiment)
    if isinstance(known.get("secrets"), dict):
        known["secrets"] = without_vault(known["secrets"])
    for probe in activities_of(known, "hypothesis"):
        if isinstance(probe.get("tolerance"), float):
            probe["tolerance"] = 0
    return known
