"""Seatrial: the sea trial of a service."""

__version__ = "0.1.0"
