"""Sizes, as people write them."""

import pytest
from pydantic import TypeAdapter, ValidationError

from seatrial.model.fields import Bandwidth, Bytes
from seatrial.model.units import format_bytes, parse_bits_per_s, parse_bytes

ADAPTER: TypeAdapter[int] = TypeAdapter(Bytes)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512 MiB", 512 * 2**20),
        ("1 GB", 10**9),
        ("1.5GiB", 3 * 2**29),
        ("4096 B", 4096),
        ("0 B", 0),
        ("2 kB", 2000),
    ],
)
def test_sizes_are_read_and_survive_json(text: str, size: int) -> None:
    assert parse_bytes(text) == size
    written = ADAPTER.dump_json(ADAPTER.validate_python(text))
    assert ADAPTER.validate_json(written) == size


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (512, "is not a size: write it with its unit"),
        ("512", "has no unit"),
        ("5 mb", "has the unknown unit 'mb'"),
        ("-1 MB", "is negative"),
        (True, "is not a size"),
        ("lots", "is not a number with a unit"),
    ],
)
def test_sizes_that_are_refused(value: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ADAPTER.validate_python(value)


def test_sizes_are_written_in_the_largest_unit() -> None:
    assert [format_bytes(size) for size in (20, 2048, 3 * 2**29)] == ["20 B", "2 KiB", "1.5 GiB"]


@pytest.mark.parametrize(
    ("text", "per_s"), [("10 Mbit/s", 1e7), ("1 MB/s", 8e6), ("1.5 kbit/s", 1500), ("300 bit/s", 300)]
)
def test_bandwidths_are_read_and_survive_json(text: str, per_s: float) -> None:
    adapter: TypeAdapter[float] = TypeAdapter(Bandwidth)
    assert parse_bits_per_s(text) == per_s
    assert adapter.validate_json(adapter.dump_json(adapter.validate_python(text))) == per_s


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (10, "is not a bandwidth"),
        ("10", "has no unit"),
        ("10 mbps", "unknown unit"),
        ("0 bit/s", "not above 0"),
    ],
)
def test_bandwidths_that_are_refused(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_bits_per_s(value)
