"""http: an answer, and everything that can come instead of one."""

import json

import pytest

from seatrial.probe import Probe
from seatrial.reading import Reading, Scalar, Value
from tests.net.server import free_port, reply, serving
from tests.probes.conftest import Make

pytestmark = pytest.mark.anyio


async def read(probe: Probe) -> Value:
    reading: Reading = await probe.read()
    assert isinstance(reading, Value)
    assert set(reading.values) == set(probe.quantities)
    return reading


async def test_a_healthy_server(make: Make) -> None:
    async with serving(lambda _: reply("fine")) as server:
        reading = await read(make("http", url=server.url))
    latency_ms = reading.values["latency"]
    assert isinstance(latency_ms, float)
    assert 0 < latency_ms < 1000
    assert reading == Value(values={"status": 200, "latency": latency_ms, "ok": True})


@pytest.mark.parametrize(("status", "ok"), [(204, True), (302, True), (404, False), (503, False)])
async def test_status(make: Make, status: int, ok: bool) -> None:
    async with serving(lambda _: reply("", status)) as server:
        values = (await read(make("http", url=server.url))).values
    assert (values["status"], values["ok"]) == (status, ok)


async def test_a_server_that_is_not_there_is_seen_to_be_unhealthy(make: Make) -> None:
    reading = await read(make("http", url=f"http://127.0.0.1:{free_port()}/"))
    assert reading == Value(values={"status": 0, "latency": None, "ok": False}, note="connection refused")


async def test_a_server_that_does_not_answer_in_time_too(make: Make) -> None:
    async with serving(lambda _: None) as server:
        reading = await read(make("http", url=server.url, timeout="50 ms", json_path="$"))
    missing: dict[str, Scalar] = {"status": 0, "latency": None, "ok": False, "body": None}
    assert reading == Value(values=missing, note="no answer within 50 ms")


async def test_one_connection_for_the_whole_run(make: Make) -> None:
    async with serving(lambda _: reply("")) as server, make("http", url=server.url).reader() as reader:
        for _ in range(3):
            await reader()
        assert (server.connections, len(server.requests)) == (1, 3)


async def test_what_is_sent(make: Make) -> None:
    async with serving(lambda _: reply("")) as server:
        keys = {"url": f"{server.url}pay?x=1", "method": "POST", "headers": {"X-Tenant": "shop"}}
        await read(make("http", **keys, body={"amount": 5}))
        await read(make("http", **keys, body="amount=5"))
    first, second = server.requests
    assert first.startswith(b"POST /pay?x=1 HTTP/1.1\r\n")
    assert b"\r\nX-Tenant: shop\r\n" in first
    assert json.loads(first.partition(b"\r\n\r\n")[2]) == {"amount": 5}
    assert second.endswith(b"\r\n\r\namount=5")


async def test_the_defaults_of_headers_can_be_replaced(make: Make) -> None:
    async with serving(lambda _: reply("")) as server:
        await read(make("http", url=server.url, headers={"user-agent": "lb-check/1"}))
    assert server.requests[0].lower().count(b"user-agent:") == 1
    assert b"lb-check/1" in server.requests[0]


@pytest.mark.parametrize(
    ("body", "path", "value"),
    [
        ('{"queue": {"depth": 17}}', "$.queue.depth", 17.0),
        ('{"up": true}', "$.up", True),
        ('{"state": "green"}', "state", "green"),
        ('[{"n": "a", "v": 1}, {"n": "b", "v": 2.5}]', "$[?(@.n == 'b')].v", 2.5),
        ("3", "$", 3.0),
    ],
)
async def test_a_part_of_the_body(make: Make, body: str, path: str, value: object) -> None:
    async with serving(lambda _: reply(body)) as server:
        reading = await read(make("http", url=server.url, json_path=path))
    assert (reading.values["body"], reading.note) == (value, "")
    assert type(reading.values["body"]) is type(value)


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("<html>", "the body is not JSON"),
        ("", "the body is not JSON"),
        ("[" * 100_000, "the body is not JSON"),
        ('{"other": 1}', "nothing in the body is at json_path"),
        ('{"x": {"y": 1}}', "at json_path is no number, flag or text of at most 1000 letters"),
        ('{"x": NaN}', "at json_path is no number, flag or text of at most 1000 letters"),
        ('{"x": null}', "at json_path is no number, flag or text of at most 1000 letters"),
        ('{"x": 1' + "0" * 400 + "}", "at json_path is no number, flag or text of at most 1000 letters"),
        ('{"x": "' + "y" * 1001 + '"}', "at json_path is no number, flag or text of at most 1000 letters"),
        ('{"x": 1}' + " " * 1024 * 1024, "the body is longer than 1024 KiB"),
    ],
)
async def test_a_part_that_is_not_there_is_missing_and_never_0(make: Make, body: str, note: str) -> None:
    async with serving(lambda _: reply(body)) as server:
        reading = await read(make("http", url=server.url, json_path="$.x"))
    assert (reading.values["body"], reading.note) == (None, note)
    assert (reading.values["status"], reading.values["ok"]) == (200, True)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"url": "127.0.0.1:8080"}, "write a whole address"),
        ({"url": "ftp://host/"}, "write a whole address"),
        ({"url": "http://"}, "write a whole address"),
        ({"url": "http://host:99999/"}, "write a whole address"),
        ({"url": "http://host/a b"}, "write a whole address"),
        ({"url": "http://h/", "json_path": "$["}, "is not a JSONPath such as"),
        ({"url": "http://h/", "json_path": ""}, "is not a JSONPath such as"),
        ({"url": "http://h/", "method": "get"}, "should match pattern"),
        ({"url": "http://h/", "timeout": 1}, "has no unit: write `1 s`"),
        ({"url": "http://h/", "timeout": "0 s"}, "greater than 0"),
        ({"url": "http://h/", "follow": True}, "Extra inputs"),
    ],
)
def test_what_is_refused(make: Make, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make("http", **keys)
