"""What actions in pods do to whoever calls a Service from outside the cluster, and that it ends."""

import os
from collections.abc import Callable

import pytest

from tests.actions.kubernetes.outside.cases import Case, as_parameters
from tests.actions.kubernetes.outside.in_pods import IN_PODS
from tests.actions.kubernetes.outside.town import Town
from tests.actions.kubernetes.outside.watching import watch

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(400)]
Property = Callable[[str, object], None]
"""What a report of pytest (`--junitxml`) tells of a test."""


@pytest.fixture(scope="module", autouse=True)
def _image() -> None:
    if "SEATRIAL_IMAGE" not in os.environ:
        pytest.skip("SEATRIAL_IMAGE names no image of this version that the cluster's nodes have")


@pytest.mark.parametrize("case", as_parameters(IN_PODS))
def test_a_client_notices_it_and_its_end(case: Case, place: Town, record_property: Property) -> None:
    for when, seen in watch(case, place).items():
        record_property(when, seen)
