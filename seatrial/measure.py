"""The kinds of readings."""

from enum import StrEnum


class Measure(StrEnum):
    """What kind of reading a probe gives; it decides the rule that judges it."""

    RATIO = "ratio"
    LATENCY = "latency"
    VALUE = "value"
