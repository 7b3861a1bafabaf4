"""Users of the shop (`seatrial.shop`, `seatrial demo`): they look around, and now and then one orders.

Runs in Seatrial (`load: {locustfile: shop_load.py, rate: 100/s}`) and in plain Locust alike:

    locust -f shop_load.py --host http://127.0.0.1:8080
"""

import random
import uuid

from locust import FastHttpUser, between, task

PRODUCTS = 12
DICE = random.Random(1)
PATIENCE_S = 2.0
"""A user who waits longer gives up, which counts as an error: a request that hangs must not go uncounted."""


class ShopUser(FastHttpUser):
    """Six look at a product for every three at the list and every one who orders."""

    wait_time = between(0.5, 1.5)
    connection_timeout = PATIENCE_S
    network_timeout = PATIENCE_S

    @task(3)
    def list_products(self) -> None:
        self.client.get("/products")

    @task(6)
    def view_product(self) -> None:
        self.client.get(f"/products/{DICE.randint(1, PRODUCTS)}", name="/products/{id}")

    @task(1)
    def order(self) -> None:
        wish = {"product_id": DICE.randint(1, PRODUCTS), "quantity": DICE.randint(1, 3)}
        self.client.post("/orders", json=wish, headers={"Idempotency-Key": str(uuid.uuid4())})
