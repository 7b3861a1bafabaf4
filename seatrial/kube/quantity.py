"""Amounts as Kubernetes writes them: `500m`, `128Mi`."""

import re
from decimal import Decimal
from typing import Final

_SUFFIXES: Final = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}  # fmt: skip
_WRITTEN: Final = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)")


def amount(text: str | int | float) -> Decimal:
    """In units: cores, bytes. Raises ValueError where it is no amount.

    The suffixes are those of https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    found = _WRITTEN.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(f"{text!r} is no amount: write it as `500m` or `128Mi`")
    number, exponent, suffix = found.groups()
    return Decimal(number).scaleb(int(exponent or 0)) * _SUFFIXES[suffix or ""]
