"""What actions on objects do to whoever calls a Service from outside the cluster, and that it ends."""

from collections.abc import Callable, Iterator

import pytest

from seatrial.kube.access import Access
from tests.actions.kubernetes.outside.cases import Case
from tests.actions.kubernetes.outside.on_objects import ON_OBJECTS
from tests.actions.kubernetes.outside.town import Town, town
from tests.actions.kubernetes.outside.watching import watch

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(400)]
Property = Callable[[str, object], None]
"""What a report of pytest (`--junitxml`) tells of a test."""
CASES = [pytest.param(one, id=one.id, marks=() if one.fast else pytest.mark.slow) for one in ON_OBJECTS]


@pytest.fixture(scope="module")
def place(kube_access: Access) -> Iterator[Town]:
    with town(kube_access) as made:
        yield made


@pytest.mark.parametrize("case", CASES)
def test_a_client_notices_it_and_its_end(case: Case, place: Town, record_property: Property) -> None:
    for when, seen in watch(case, place).items():
        record_property(when, seen)
