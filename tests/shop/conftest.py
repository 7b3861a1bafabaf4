"""A shop to look at, shared by the tests that do it no harm: a start costs half a second of CPU."""

from collections.abc import Iterator

import httpx
import pytest

from seatrial.shop import Shop


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with Shop() as shop:
        yield shop


@pytest.fixture(scope="session")
def http(shop: Shop) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shop.url, timeout=5) as client:
        yield client
