"""Answers, good and bad, from a server that says what a test tells it to."""

import json
from typing import Any

import pytest

from seatrial.prometheus.answers import BadAnswer, Result, Trouble
from seatrial.prometheus.client import open_client
from seatrial.prometheus.server import PrometheusServer
from tests.net.server import Answer, free_port, reply, serving

pytestmark = pytest.mark.anyio
SECRET = "s3cr3t-t0ken"


def success(result: Any, kind: str = "vector", **more: Any) -> bytes:
    data = {"resultType": kind, "result": result}
    return reply(json.dumps({"status": "success", "data": data, **more}))


def error(status: int, kind: str, text: str) -> bytes:
    return reply(json.dumps({"status": "error", "errorType": kind, "error": text}), status)


async def ask(answer: Answer, **server: Any) -> Result:
    async with serving(answer) as there:
        url = there.url + server.pop("path", "")
        async with open_client(PrometheusServer.model_validate({"url": url, **server})) as client:
            return await client.query("up")


async def trouble(answer: Answer, **server: Any) -> tuple[Trouble, str]:
    with pytest.raises(BadAnswer) as caught:
        await ask(answer, **server)
    return caught.value.trouble, caught.value.reason


async def test_a_query_is_posted_with_all_that_belongs_to_it() -> None:
    requests: list[bytes] = []

    def there(request: bytes) -> bytes:
        requests.append(request)
        return success([{"metric": {"job": "a"}, "values": [[1.5, "3"], [2.5, "NaN"]]}], "matrix")

    result = await ask(
        there,
        path="prom",
        params={"dedup": "true"},
        headers={"X-Scope-OrgID": "shop"},
        auth={"bearer": SECRET},
    )
    [series] = result.series
    assert series.metric == {"job": "a"}
    assert series.values[0] == (1.5, 3.0)
    assert series.values[1][1] != series.values[1][1]
    [request] = requests
    assert request.startswith(b"POST /prom/api/v1/query HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\ndedup=true&query=up")
    for header in (b"X-Scope-OrgID: shop", f"Authorization: Bearer {SECRET}".encode()):
        assert header in request
    assert b"Content-Type: application/x-www-form-urlencoded" in request


async def test_native_histograms_and_what_is_said_beside() -> None:
    histogram = {"count": "3", "sum": "0.3", "buckets": [[0, "0.088", "0.096", "3"]]}
    series = [{"metric": {}, "histograms": [[7.0, histogram]]}]
    result = await ask(lambda _: success(series, "matrix", warnings=["partial"], infos=["not a counter"]))
    assert result.series[0].histograms[0][1].buckets == [(0, 0.088, 0.096, 3.0)]
    assert (result.warnings, result.infos) == (("partial",), ("not a counter",))


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (error(400, "bad_data", "parse error"), Trouble.QUERY, "answered 400 bad_data: parse error"),
        (error(422, "422", "cannot parse"), Trouble.QUERY, "answered 422 422: cannot parse"),
        (error(422, "execution", "many-to-many"), Trouble.EXECUTION, "answered 422 execution: many-to-many"),
        (error(503, "timeout", "too slow"), Trouble.LATER, "answered 503 timeout: too slow"),
        (reply("busy", 429), Trouble.LATER, "answered 429"),
        (reply("Unauthorized", 401), Trouble.ACCESS, "answered 401"),
        (
            reply("", 302, Location="/login"),
            Trouble.ACCESS,
            "answered 302: name the address that it leads to",
        ),
        (reply("404 page not found", 404), Trouble.ACCESS, "answered 404"),
        (reply("<html>"), Trouble.ACCESS, "is not the API of Prometheus"),
        (reply('{"status":"success","data":{"resultType":"matr'), Trouble.ACCESS, "is not the API"),
        (success("nonsense"), Trouble.ACCESS, "what came is no answer to a query"),
        (success([{"metric": {}, "value": "x"}]), Trouble.ACCESS, "what came is no answer to a query"),
        (b"", Trouble.LATER, "the connection was closed"),
        (b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\ncut", Trouble.LATER, "no answer within"),
        (None, Trouble.LATER, "no answer within 100 ms"),
    ],
)
async def test_bad_answers(answer: bytes | None, kind: Trouble, said: str) -> None:
    found = await trouble(lambda _: answer, timeout="100 ms")
    assert found[0] is kind
    assert said in found[1]


async def test_a_server_that_repeats_what_it_was_sent_tells_no_secret() -> None:
    header = "header-s3cr3t"
    for way in ({"bearer": SECRET}, {"basic": {"username": "u", "password": SECRET}}):
        _, said = await trouble(
            lambda _: error(400, "bad_data", f"token {SECRET}, {header}"), auth=way, headers={"X-Key": header}
        )
        assert said == "answered 400 bad_data: token …, …"


async def test_nobody_there() -> None:
    async with open_client(PrometheusServer(url=f"http://127.0.0.1:{free_port()}")) as client:
        with pytest.raises(BadAnswer, match=r"^connection refused$"):
            await client.query("up")


@pytest.mark.parametrize(
    "answer",
    [
        success([1_000_000.0, "1000000"], "scalar"),
        success([{"metric": {}, "value": [1_000_000, "999970.5"]}]),  # as VictoriaMetrics 1.79 answers
    ],
)
async def test_the_server_s_clock(answer: Any) -> None:
    async with (
        serving(lambda _: answer) as there,
        open_client(PrometheusServer(url=there.url)) as client,
    ):
        assert not client.is_synchronised
        await client.synchronise()
        assert client.is_synchronised
        assert 1_000_000 <= client.now_s < 1_000_005
