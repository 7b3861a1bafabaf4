"""Seatrial: the sea trial of a service."""

from typing import Any

__version__ = "0.1.0"


def discover(discover_system: bool = True) -> dict[str, Any]:
    """What `chaos discover seatrial` asks a package for."""
    from seatrial.chaostoolkit import discover as discover_here

    return discover_here(discover_system)
