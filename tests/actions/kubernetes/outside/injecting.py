"""A fault of the table: what it hits, injected, and undone at the end."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from seatrial.action import Lease
from seatrial.errors import Retryable
from seatrial.kubefaults.in_pod import placed
from seatrial.pack import load_packs
from seatrial.targets.target import KubernetesTarget
from tests.actions.kubernetes.outside.cases import Case
from tests.actions.kubernetes.outside.town import Town, until


def filled(given: Any, words: dict[str, str]) -> Any:
    """With what only the cluster knows: `{api}`."""
    match given:
        case str():
            for word, meant in words.items():
                given = given.replace("{" + word + "}", meant)
            return given
        case list():
            return [filled(one, words) for one in given]
        case dict():
            return {key: filled(one, words) for key, one in given.items()}
    return given


@contextmanager
def injected(case: Case, town: Town, words: dict[str, str]) -> Iterator[float]:
    """Seen by the action itself to have taken effect, since that moment; undone at the end, seen as well."""
    arguments = filled(case.arguments, words)
    action: Any = placed(load_packs().actions[case.action].model_validate(arguments), "kubernetes")
    workload = f"Deployment/{case.service}" if case.hits == "Pod" else None
    target = town.namespace.target(town.hit(case.hits, case.service), workload=workload)
    assert action.refusal(target) is None
    state = action.prepare(target, Lease(id=f"20260101T000000-{uuid.uuid4().hex[:8]}.f0.t0", max_hold_s=240))
    begun_s = time.monotonic()
    try:
        action.apply(target, state)
        within_s = max(5.0, getattr(action, "effect_within_s", 0.0))
        assert until(lambda: action.has_effect(target, state) is not False, within_s), (
            "it did not take effect"
        )
        yield begun_s
    finally:
        assert until(lambda: is_undone(action, target, state), 180), "it could not be undone"


def is_undone(action: Any, target: KubernetesTarget, state: Any) -> bool:
    """Tried, and looked at."""
    try:
        action.undo(target, state)
    except Retryable:
        return False
    return bool(action.is_undone(target, state))
