"""What the shop sells, and its three business routes."""

import hashlib
import json
from dataclasses import dataclass

from seatrial.shop import wire
from seatrial.shop.server import problem

_WARES = (
    *("anchor", "bollard", "capstan", "compass", "fender", "flare"),
    *("halyard", "lantern", "mooring", "oar", "rudder", "sextant"),
)

PRODUCTS = tuple(
    {"id": number, "name": name, "price_cents": 500 + 250 * number}
    for number, name in enumerate(_WARES, start=1)
)

_BY_ID = {str(product["id"]): json.dumps(product).encode() for product in PRODUCTS}
_LIST = json.dumps({"products": PRODUCTS}).encode()


def template(path: str) -> str:
    """The route a path belongs to, as metrics name it: `/products/{id}`; `other` for none."""
    if path in ("/products", "/orders"):
        return path
    return "/products/{id}" if path.startswith("/products/") else "other"


def answer(request: wire.Request) -> wire.Response:
    """What a replica answers to a business request."""
    match template(request.path), request.method:
        case "/products", "GET":
            return wire.Response(200, _LIST)
        case "/products/{id}", "GET":
            body = _BY_ID.get(request.path.removeprefix("/products/"))
            return problem(404, "no such product") if body is None else wire.Response(200, body)
        case "/orders", "POST":
            return _order(request)
        case "other", _:
            return problem(404, "no such page")
        case _:
            return problem(405, f"not with {request.method}")


@dataclass(frozen=True, slots=True)
class _Wish:
    product_id: str
    quantity: int


def _order(request: wire.Request) -> wire.Response:
    """An order is a function of its idempotency key and content, so each replica makes the same of it.

    Replicas share no store: this is what lets the front repeat an order elsewhere without doubling it.
    """
    try:
        wish = _wish(request.body)
    except ValueError as error:
        return problem(422, str(error))
    key = request.headers.get("idempotency-key", "")
    order_id = hashlib.sha256(f"{key}|{wish.product_id}|{wish.quantity}".encode()).hexdigest()[:16]
    order = {"id": order_id, "product_id": int(wish.product_id), "quantity": wish.quantity}
    return wire.Response(201, json.dumps(order).encode())


def _wish(body: bytes) -> _Wish:
    fields = json.loads(body)
    if not isinstance(fields, dict):
        raise ValueError("an order is a JSON object with product_id and quantity")
    product_id, quantity = str(fields.get("product_id")), fields.get("quantity", 1)
    if product_id not in _BY_ID:
        raise ValueError("no such product")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= 1000:
        raise ValueError("quantity must be 1 to 1000")
    return _Wish(product_id, quantity)
