"""One case of the table, from its load's beginning to its end."""

import time
from collections.abc import Collection

from seatrial.kube.objects import metadata
from tests.actions.kubernetes.outside.caller import Caller, Seen, is_well, share, summary
from tests.actions.kubernetes.outside.cases import Case
from tests.actions.kubernetes.outside.injecting import filled, injected
from tests.actions.kubernetes.outside.town import Town, api_server

_WELL_WITHIN_S = 30.0
_KNOWN_AFTER_S = 1.0
"""The scheduler and others hear of a fault by watches of their own, a moment after the API has it."""
_NOTHING_FOR_S = 6.0
"""What somebody else wants of the cluster meanwhile takes less than that where no fault is in its way."""


def watch(case: Case, town: Town) -> dict[str, str]:
    """A client notices the fault, for as long as it is there, and not before and afterwards; what it saw."""
    words = {"api": api_server(town.namespace.access), "namespace": town.namespace.name}
    with Caller.of(town.address(case.service), filled(case.asks, words)) as caller:
        pods = [metadata(pod)["name"] for pod in town.pods(case.service)]
        before = caller.until(lambda now: _are_well(pods, now), time.monotonic(), _WELL_WITHIN_S)
        assert case.harms == (not case.notices(before, before)), summary(before)
        try:
            with injected(case, town, words) as begun_s:
                if case.meanwhile:
                    caller.over(_KNOWN_AFTER_S)
                    does(town, case.meanwhile, case.service)
                caller.until(lambda now: case.notices(before, now), begun_s, case.within_s)
                still = _lasts(case, caller, before)
                during = caller.since(begun_s)
                assert share(during) >= case.well, summary(during)
            undone_s = time.monotonic()
            if case.then:
                does(town, case.then, case.service)
            after = caller.until(lambda now: case.afterwards(before, now), undone_s, case.ends_within_s)
        finally:
            town.put_back(case.service)
    seen = {"before": before, "under fault": still, "since the injection": during, "after": after}
    return {when: summary(answers) for when, answers in seen.items()}


def _lasts(case: Case, caller: Caller, before: Seen) -> Seen:
    still = caller.over(_NOTHING_FOR_S) if case.meanwhile or not case.harms else caller.next()
    assert case.notices(before, still), summary(still)
    return still


def _are_well(pods: Collection[str], seen: Seen) -> bool:
    """All of them answer, once the nodes know of them; those that speak gRPC do not say who they are."""
    told = {one.told["pod"] for one in seen if "pod" in one.told}
    return is_well(seen) and (not told or told == set(pods))


def does(town: Town, what: str, service: str) -> None:
    """What somebody else does."""
    getattr(town, what)(service)
