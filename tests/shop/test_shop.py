import re
import socket
from contextlib import ExitStack
from datetime import UTC, datetime

import httpx
import psutil
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from seatrial.shop import Shop, ShopError, ports


def test_the_front_sells(http: httpx.Client) -> None:
    products = http.get("/products").json()["products"]
    assert [product["id"] for product in products] == list(range(1, 13))
    assert http.get("/products/4").json() == products[3]
    order = http.post("/orders", json={"product_id": 4, "quantity": 2})
    assert order.status_code == 201
    assert order.json().items() >= {"product_id": 4, "quantity": 2}.items()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/products/13", "", 404),
        ("GET", "/nowhere", "", 404),
        ("DELETE", "/products", "", 405),
        ("GET", "/orders", "", 405),
        ("POST", "/orders", "{", 422),
        ("POST", "/orders", "[]", 422),
        ("POST", "/orders", '{"product_id": 99}', 422),
        ("POST", "/orders", '{"product_id": 1, "quantity": 0}', 422),
        ("POST", "/orders", '{"product_id": 1, "quantity": true}', 422),
    ],
)
def test_a_wrong_request_is_answered_with_its_status(
    http: httpx.Client, method: str, path: str, body: str, status: int
) -> None:
    response = http.request(method, path, content=body)
    assert response.status_code == status
    assert response.json()["error"]


def test_each_replica_makes_the_same_order_of_one_key(shop: Shop) -> None:
    orders = [
        httpx.post(
            f"http://127.0.0.1:{replica.port}/orders",
            json={"product_id": 1},
            headers={"Idempotency-Key": "k"},
        )
        for replica in shop.replicas
    ]
    assert len({order.json()["id"] for order in orders}) == 1


def test_health_says_who_answers(shop: Shop, http: httpx.Client) -> None:
    assert http.get("/health").json() == {
        "status": "ok",
        "shop": shop.shop_id,
        "replicas": 3,
        "replicas_healthy": 3,
    }
    for replica in shop.replicas:
        told = httpx.get(f"http://127.0.0.1:{replica.port}/health").json()
        assert told == {"status": "ok", "shop": shop.shop_id, "index": replica.index, "pid": replica.pid}


def test_a_command_line_names_its_role_its_index_and_its_shop(shop: Shop) -> None:
    for replica in shop.replicas:
        argv = " ".join(psutil.Process(replica.pid).cmdline())
        assert f"shop-replica --index {replica.index} --port {replica.port} --shop {shop.shop_id}" in argv
    front = " ".join(psutil.Process(shop.front_pid).cmdline())
    assert f"shop-front --port {shop.port} --shop {shop.shop_id}" in front
    supervisor = " ".join(psutil.Process(shop.supervisor_pid).cmdline())
    assert f"shop-supervisor --shop {shop.shop_id}" in supervisor
    assert "shop-replica" not in front + supervisor


def test_two_shops_at_once_are_told_apart(shop: Shop) -> None:
    with Shop(replicas=1) as other:
        assert other.shop_id != shop.shop_id
        assert other.url != shop.url
        assert httpx.get(f"{other.url}/health").json()["shop"] == other.shop_id
    assert httpx.get(f"{shop.url}/health").json()["replicas_healthy"] == 3


def scrape(port: int) -> dict[str, Metric]:
    response = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(response.text)}


def total(family: Metric, name: str, **labels: str) -> float:
    return sum(
        sample.value
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_metrics_count_business_requests() -> None:
    with Shop(replicas=2) as shop, httpx.Client(base_url=shop.url) as http:
        for number in range(1, 11):
            http.get(f"/products/{number}")
        http.get("/products/99")
        http.post("/orders", json={"product_id": 1})
        http.get("/health")
        front = scrape(shop.port)
        replicas = [scrape(replica.port) for replica in shop.replicas]
    for path, code, count in (
        ("/products/{id}", "200", 10),
        ("/products/{id}", "404", 1),
        ("/orders", "201", 1),
    ):
        sums = [
            total(one["http_requests"], "http_requests_total", path=path, code=code)
            for one in [front, *replicas]
        ]
        assert (sums[0], sum(sums[1:])) == (count, count)
    assert total(front["http_requests"], "http_requests_total") == 12
    durations, name = front["http_request_duration_seconds"], "http_request_duration_seconds"
    assert total(durations, f"{name}_count") == total(durations, f"{name}_bucket", le="+Inf") == 12
    assert total(durations, f"{name}_bucket", le="0.3") > 0
    assert total(durations, f"{name}_bucket", le="0.005") <= total(durations, f"{name}_bucket", le="0.01")
    assert 12 * 0.004 < total(durations, f"{name}_sum") < 12
    assert total(front["http_requests_in_flight"], "http_requests_in_flight") == 0
    started_at_s = total(front["process_start_time_seconds"], "process_start_time_seconds")
    assert 0 < datetime.now(UTC).timestamp() - started_at_s < 60


def test_the_front_takes_the_port_it_is_given_or_says_that_it_cannot() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            ShopError, match=rf"^the shop did not start: no port {port}: Address already in use$"
        ):
            Shop(port=port).__enter__()
    with Shop(replicas=1, port=port) as shop:
        assert shop.url == f"http://127.0.0.1:{port}"


def are_free(*numbers: int) -> bool:
    """Below those that the kernel gives to whoever asks for any."""
    try:
        with ExitStack() as stack:
            for number in numbers:
                stack.enter_context(ports.reserve(number))
    except OSError:
        return False
    return True


def test_replicas_are_beside_a_front_whose_port_is_known() -> None:
    """But for ports that somebody else has."""
    port = next(port for port in range(20_000, 32_000, 3) if are_free(port, port + 1, port + 2))
    with socket.create_server(("127.0.0.1", port + 2)), Shop(replicas=2, port=port) as shop:
        assert shop.replicas[0].port == port + 1
        assert shop.replicas[1].port != port + 2


@pytest.mark.parametrize(
    "wrong", [{"replicas": 0}, {"replicas": 33}, {"service_ms": -1}, {"restart_delay_s": 61}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    name, value = next(iter(wrong.items()))
    with pytest.raises(ValueError, match=re.escape(f"{name} must be ") + rf".*, not {value}$"):
        Shop(**wrong)  # type: ignore[arg-type]
