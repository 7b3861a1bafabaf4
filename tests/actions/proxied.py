"""Faults of the proxy, made, held and taken away."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from seatrial.action import Lease
from seatrial.kernel import programs
from seatrial.pack import load_packs
from seatrial.targets.target import HostTarget


def make(name: str, **keys: object) -> Any:
    return load_packs().actions[name].model_validate(keys)


def lease(max_hold_s: float = 30) -> Lease:
    return Lease(id=f"2026-test.{uuid.uuid4().hex[:8]}.f0.t0", max_hold_s=max_hold_s)


@contextmanager
def fault(target: HostTarget, name: str, **keys: object) -> Iterator[Any]:
    """An action that holds; its state."""
    action = make(name, **keys)
    assert action.refusal(target) is None
    state = action.prepare(target, lease())
    try:
        action.apply(target, state)
        assert action.has_effect(target, state)
        yield state
    finally:
        action.undo(target, state)
    assert action.is_undone(target, state)


def ruleset(namespace: str | None) -> str:
    """All of nftables there, but for what is left of timeouts."""
    done = programs.run(namespace, "nft", "list", "ruleset")
    assert done.ok, done.describe()
    return re.sub(r"expires \w+", "", done.stdout)
