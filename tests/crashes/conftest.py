"""Runs that guardians in a cluster watch over, and the parts of it that are crashed."""

from collections.abc import Iterator

import pytest

from seatrial.kube.access import Access
from tests.crashes import crashing
from tests.crashes.crashing import Crashable
from tests.guardian.conftest import injected, sleepers

__all__ = ["injected", "sleepers"]


@pytest.fixture
def api(kube_access: Access) -> Iterator[Crashable]:
    with crashing.api_server(kube_access) as part:
        yield part
