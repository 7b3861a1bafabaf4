"""tcp: open or not, and why not."""

import pytest

from seatrial.reading import Value
from tests.net.server import free_port, serving
from tests.probes.conftest import Make

pytestmark = pytest.mark.anyio


async def test_open(make: Make) -> None:
    async with serving(lambda _: None) as server:
        reading = await make("tcp", address=f"localhost:{server.port}").read()
    assert isinstance(reading, Value)
    assert reading.values["open"] is True
    assert isinstance(reading.values["latency"], float)
    assert list(reading.values) == list(make("tcp", address="h:1").quantities)


async def test_closed(make: Make) -> None:
    reading = await make("tcp", address=f"127.0.0.1:{free_port()}").read()
    assert reading == Value(values={"open": False, "latency": None}, note="connection refused")


@pytest.mark.parametrize("address", ["host", ":80", "host:", "host:0", "host:65536", "http://host:80/"])
def test_what_is_no_address(make: Make, address: str) -> None:
    with pytest.raises(ValueError, match="write it as `host:port`"):
        make("tcp", address=address)
