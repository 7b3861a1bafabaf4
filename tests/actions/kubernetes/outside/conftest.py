"""The town that the cases of one file share."""

from collections.abc import Iterator

import pytest

from seatrial.kube.access import Access
from tests.actions.kubernetes.outside.town import Town, town


@pytest.fixture(scope="module")
def place(kube_access: Access) -> Iterator[Town]:
    with town(kube_access) as made:
        yield made
