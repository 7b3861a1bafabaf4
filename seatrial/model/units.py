"""Numbers with their units, as people write them and read them: `30 s`, `5 min`, `34%`, `100/s`."""

import math
import re
from collections.abc import Mapping

SECONDS_PER_UNIT: Mapping[str, float] = {
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "min": 60.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
BYTES_PER_UNIT: Mapping[str, int] = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
BITS_PER_S_PER_UNIT: Mapping[str, float] = {
    "bit/s": 1.0,
    "kbit/s": 1e3,
    "Mbit/s": 1e6,
    "Gbit/s": 1e9,
    "kB/s": 8e3,
    "MB/s": 8e6,
    "GB/s": 8e9,
}
_PARTS = re.compile(r"\d+(?:\.\d+)?\s*[a-z]+")
_COMPOUND = re.compile(rf"\s*(?:{_PARTS.pattern}\s*)+")
_SEXAGESIMAL = re.compile(r"\s*\d+(:\d+)+\s*")
_QUANTITY = re.compile(r"^\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\s\d].*?)?\s*$")


def split_quantity(text: str) -> tuple[float, str]:
    """Split `"1.5 min"` into `(1.5, "min")`; raises ValueError where there is no number."""
    match = _QUANTITY.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a number with a unit")
    number = float(match[1])
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]!r} is too large: write a smaller number")
    return number, match[2] or ""


def parse_duration_s(value: object) -> float:
    """Seconds of `"500 ms"`, `"30 s"`, `"5 min"`, `"1 h 30 min"`; a bare number is refused as ambiguous."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("write a duration with its unit, such as `30 s` or `5 min`")
    if isinstance(value, int | float):
        raise ValueError(f"{value} has no unit: write `{value} s` (or ms, min, h)")
    if _SEXAGESIMAL.fullmatch(value):
        raise ValueError(f"{value!r} may be hours, minutes or seconds: write `90 s` or `1 h 30 min`")
    parts = _PARTS.findall(value) if _COMPOUND.fullmatch(value) else []
    if len(parts) > 1:
        return sum(parse_duration_s(part) for part in parts)
    number, unit = split_quantity(value)
    if unit not in SECONDS_PER_UNIT:
        known = ", ".join(SECONDS_PER_UNIT)
        raise ValueError(
            f"{value!r} has {'no unit' if not unit else f'the unknown unit {unit!r}'}: use one of {known}"
        )
    if number < 0:
        raise ValueError(f"{value!r} is negative: a duration is 0 or more")
    return number * SECONDS_PER_UNIT[unit]


def parse_share(value: object) -> float:
    """A share from 0 to 1 of `"34%"`; a bare number is refused, for 1 could mean 1 % or all."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a share: write it in per cent, such as `34%`")
    number, unit = split_quantity(value)
    if unit != "%":
        raise ValueError(f"{value!r} is not a share: write it in per cent, such as `34%`")
    if not 0 <= number <= 100:
        raise ValueError(f"{value!r} is outside 0% to 100%")
    return number / 100


def parse_rate_per_s(value: object) -> float:
    """Events a second of `"100/s"`, `"6000/min"`."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a rate: write it with its unit, such as `100/s`")
    number, unit = split_quantity(value)
    per = {"/s": 1.0, "/min": 60.0, "/h": 3600.0}.get(unit.replace(" ", ""))
    if per is None:
        raise ValueError(f"{value!r} is not a rate: write it with its unit, such as `100/s`")
    if number <= 0:
        raise ValueError(f"{value!r} is not above 0")
    return number / per


def parse_bytes(value: object) -> int:
    """Bytes of `"512 MiB"`, `"1.5 GB"`, `"4096 B"`; a bare number is refused as ambiguous."""
    if isinstance(value, bool) or not isinstance(value, str):
        raise ValueError(f"{value!r} is not a size: write it with its unit, such as `512 MiB` or `1 GB`")
    number, unit = split_quantity(value)
    if unit not in BYTES_PER_UNIT:
        known = ", ".join(BYTES_PER_UNIT)
        raise ValueError(
            f"{value!r} has {'no unit' if not unit else f'the unknown unit {unit!r}'}: use one of {known}"
        )
    if number < 0:
        raise ValueError(f"{value!r} is negative: a size is 0 or more")
    return round(number * BYTES_PER_UNIT[unit])


def parse_bits_per_s(value: object) -> float:
    """Bits a second of `"10 Mbit/s"` or `"1 MB/s"`; a bare number is refused as ambiguous."""
    if isinstance(value, bool) or not isinstance(value, str):
        raise ValueError(f"{value!r} is not a bandwidth: write it with its unit, such as `10 Mbit/s`")
    number, unit = split_quantity(value)
    if unit not in BITS_PER_S_PER_UNIT:
        known = ", ".join(BITS_PER_S_PER_UNIT)
        raise ValueError(
            f"{value!r} has {'no unit' if not unit else f'the unknown unit {unit!r}'}: use one of {known}"
        )
    if number <= 0:
        raise ValueError(f"{value!r} is not above 0")
    return number * BITS_PER_S_PER_UNIT[unit]


def format_bytes(size: float) -> str:
    """In the largest unit that leaves a number of 1 or more: `512 MiB`, `1.5 GiB`, `20 B`."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size >= BYTES_PER_UNIT[unit]:
            return f"{size / BYTES_PER_UNIT[unit]:.4g} {unit}"
    return f"{size:.0f} B"


def format_duration(seconds: float) -> str:
    """The shortest exact-enough form: `350 ms`, `20 s`, `5 min`, `1 h 5 min`."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{n} {unit}" for n, unit in parts if n)


def format_share(share: float) -> str:
    """`99.95 %`; never rounds a share below one up to 100 %."""
    text = f"{share * 100:.4g}"
    if text == "100" and share < 1:
        text = f"{share * 100:.8g}"
    return f"{text} %"
