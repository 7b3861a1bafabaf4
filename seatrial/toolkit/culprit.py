"""Where chaoslib's complaint comes from: it names no place, so each part is shown to it alone."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from seatrial.toolkit.vault import without_vault

Document = dict[str, Any]
Way = list[str | int]


def culprit(experiment: Document) -> Way:
    """The way to the first part that chaoslib refuses by itself; empty where that is none of them."""
    for way, check in _checks(experiment):
        try:
            check()
        except Exception:  # noqa: BLE001  of chaoslib, of a driver that is imported: that is what is looked for
            return way
    return []


def _checks(experiment: Document) -> Iterator[tuple[Way, Callable[[], object]]]:
    from chaoslib.activity import ensure_activity_is_valid
    from chaoslib.configuration import load_configuration
    from chaoslib.hypothesis import ensure_hypothesis_tolerance_is_valid
    from chaoslib.secret import load_secrets

    for key, value in (experiment.get("configuration") or {}).items():
        yield ["configuration", key], partial(load_configuration, {key: value})
    for key, value in without_vault(experiment.get("secrets") or {}).items():
        yield ["secrets", key], partial(load_secrets, {key: value}, {})
    for index, probe in enumerate((experiment.get("steady-state-hypothesis") or {}).get("probes") or []):
        way: Way = ["steady-state-hypothesis", "probes", index]
        yield way, partial(ensure_activity_is_valid, probe)
        yield way, partial(probe.__getitem__, "tolerance")
        tolerance = probe.get("tolerance")  # a float is one here, and none for chaoslib
        check = 0 if isinstance(tolerance, float) else tolerance
        yield [*way, "tolerance"], partial(ensure_hypothesis_tolerance_is_valid, check)
    for key in ("method", "rollbacks"):
        for index, activity in enumerate(experiment.get(key) or []):
            yield [key, index], partial(ensure_activity_is_valid, activity)
