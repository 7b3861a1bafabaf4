"""The shop: a small replicated service of real processes on loopback, to be broken on purpose.

    owner ──pipe──▶ shop-supervisor ──┬─▶ shop-front ──HTTP──▶ shop-replica 0, 1, 2
    (Shop)                            └─▶ shop-replica 0, 1, 2

Imports stay light: every replica pays for them at its start.
"""

from seatrial.shop.owner import Instance, Shop, ShopError

__all__ = ["Instance", "Shop", "ShopError"]
