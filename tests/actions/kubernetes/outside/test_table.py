"""The table of what is seen from outside: complete, valid, as the documentation has it."""

from collections.abc import Collection

import pytest

from seatrial.action import RunsInPods
from seatrial.pack import load_packs
from seatrial.targets.target import KubernetesTarget
from tests.actions.kubernetes.outside.cases import Case
from tests.actions.kubernetes.outside.in_pods import IN_PODS
from tests.actions.kubernetes.outside.injecting import filled
from tests.actions.kubernetes.outside.on_objects import ON_OBJECTS
from tests.docs.pages import page

PAGE = "reference/seen-from-outside.md"
CASES = (*ON_OBJECTS, *IN_PODS)
WORDS = {"api": "192.0.2.1", "namespace": "town"}


def missing(cases: Collection[Case]) -> set[str]:
    """Actions that objects or pods of a cluster can be hit by, and that no case is about."""
    there = {
        name
        for name, action in load_packs().actions.items()
        if issubclass(action.target_model(), KubernetesTarget) or issubclass(action, RunsInPods)
    }
    return there - {case.action for case in cases}


def test_every_action_on_kubernetes_is_seen_from_outside() -> None:
    assert missing(CASES) == set(), "say in on_objects.py or in_pods.py what a client notices"


@pytest.mark.parametrize("name", ["service.selector", "http.status"])
def test_one_that_nobody_looks_at_is_found(name: str) -> None:
    assert missing([case for case in CASES if case.action != name]) == {name}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_case_can_be_injected(case: Case) -> None:
    load_packs().actions[case.action].model_validate(filled(case.arguments, WORDS))


def test_the_documentation_says_the_same() -> None:
    told = [line for line in page(PAGE).splitlines() if line.startswith("| [`")]
    assert told == [row(case) for case in CASES]


def row(case: Case) -> str:
    """In the table of the page."""
    one = "actions-kubernetes" if case in ON_OBJECTS else "actions"
    return f"| [`{case.action}`]({one}.md#{case.action.replace('.', '')}) | {case.told} |"
