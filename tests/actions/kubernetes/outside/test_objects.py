"""What actions on objects do to whoever calls a Service from outside the cluster, and that it ends."""

from collections.abc import Callable

import pytest

from tests.actions.kubernetes.outside.cases import Case, as_parameters
from tests.actions.kubernetes.outside.on_objects import ON_OBJECTS
from tests.actions.kubernetes.outside.town import Town
from tests.actions.kubernetes.outside.watching import watch

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(400)]
Property = Callable[[str, object], None]
"""What a report of pytest (`--junitxml`) tells of a test."""


@pytest.mark.parametrize("case", as_parameters(ON_OBJECTS))
def test_a_client_notices_it_and_its_end(case: Case, place: Town, record_property: Property) -> None:
    for when, seen in watch(case, place).items():
        record_property(when, seen)
