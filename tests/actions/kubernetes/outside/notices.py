"""What a client can notice: each compares the answers of now with those from before the fault."""

from collections.abc import Callable
from statistics import median
from typing import Final

from tests.actions.kubernetes.outside.caller import Seen, is_well, share

Notices = Callable[[Seen, Seen], bool]
_MOST: Final = 0.8
_SOME: Final = 0.15
_HARDLY_S: Final = 0.05
_CONTENT: Final = ("version", "greeting", "file", "address")
_OUT_OF_REACH: Final = ("refused", "timeout", "reset", "OSError")
"""Networks differ in how they say that nobody is there."""


def fails(*said: str) -> Notices:
    """Requests fail like this, all but a few that had begun."""
    return lambda _, now: share(now, lambda one: one.said in said) >= _MOST


nobody_answers: Final = fails(*_OUT_OF_REACH)


def slower(by_s: float) -> Notices:
    """Half of the requests take that much longer than before, and are answered all the same."""
    return lambda before, now: share(now) >= _MOST and _took_s(now) >= _took_s(before) + by_s


def some_slower(by_s: float) -> Notices:
    """Not few take that much longer, or are given up."""
    return lambda before, now: share(now, lambda one: one.took_s >= _took_s(before) + by_s) >= _SOME


def _took_s(seen: Seen) -> float:
    return median(one.took_s for one in seen)


def _told(seen: Seen, key: str) -> set[str]:
    return {str(one.told[key]) for one in seen if one.told.get(key) is not None}


def fewer_pods(before: Seen, now: Seen) -> bool:
    """Nobody new answers, and not all who did."""
    return 0 < len(_told(now, "pod")) < len(_told(before, "pod")) and _mostly_well(now)


def more_pods(before: Seen, now: Seen) -> bool:
    """All who did answer, and others."""
    return _told(now, "pod") > _told(before, "pod")


def one_pod_replaced(before: Seen, now: Seen) -> bool:
    """As many as before answer, and not all of them are the same; hardly anybody was turned away."""
    then, by_now = _told(before, "pod"), _told(now, "pod")
    return len(by_now) == len(then) and by_now != then and _mostly_well(now)


def all_pods_replaced(before: Seen, now: Seen) -> bool:
    """As many others answer; hardly anybody was turned away."""
    then, by_now = _told(before, "pod"), _told(now, "pod")
    return len(by_now) == len(then) and by_now.isdisjoint(then) and _mostly_well(now)


def another(key: str) -> Notices:
    """What the answers tell of this is another: the version, the greeting, the process."""
    return lambda before, now: _told(now, key).isdisjoint(_told(before, key)) and is_well(now)


def leave_a_node(before: Seen, now: Seen) -> bool:
    """No answer comes from one of the nodes any more; hardly anybody was turned away."""
    return not _told(before, "node") <= _told(now, "node") and _mostly_well(now)


def with_header(name: str, value: str) -> Notices:
    """The answers have such a header."""
    return lambda _, now: share(now, lambda one: one.headers.get(name) == value) >= _MOST


def spoilt(_: Seen, now: Seen) -> bool:
    """The status is the usual one, and the body is not."""
    return share(now, lambda one: one.said == "200" and not one.told) >= _MOST


def elsewhere(address: str) -> Notices:
    """What was asked leads there."""
    return lambda _, now: _told(now, "address") == {address}


def unharmed(before: Seen, now: Seen) -> bool:
    """And they are the same pods."""
    return as_before(before, now) and _told(before, "pod") == _told(now, "pod")


def as_before(before: Seen, now: Seen) -> bool:
    """As many pods as before answer every request, with the same, and as fast; they may be others."""
    same = all(_told(before, key) == _told(now, key) for key in _CONTENT)
    headers = {one.headers.get("x-served-by") for one in before} == {
        one.headers.get("x-served-by") for one in now
    }
    many = len(_told(before, "pod")) == len(_told(now, "pod"))
    return is_well(now) and same and headers and many and _took_s(now) < _took_s(before) + _HARDLY_S


def _mostly_well(seen: Seen) -> bool:
    return share(seen) >= _MOST
