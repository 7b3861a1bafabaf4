"""Amounts are what Kubernetes means by them."""

from decimal import Decimal

import pytest

from seatrial.kube.quantity import amount


@pytest.mark.parametrize(
    ("text", "units"),
    [("500m", "0.5"), ("2", "2"), ("0.1", "0.1"), ("128Mi", "134217728"), ("1k", "1000"), ("1e3", "1000")],
)
def test_an_amount(text: str, units: str) -> None:
    assert amount(text) == Decimal(units)


@pytest.mark.parametrize("text", ["", "m", "1 Mi", "1mi", "a", "1.2.3"])
def test_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        amount(text)
