"""Probes as an experiment file would make them: out of the pack, from plain data."""

from collections.abc import Callable
from typing import Any

import pytest

from seatrial.pack import load_packs
from seatrial.probe import Probe

Make = Callable[..., Probe]


@pytest.fixture
def make() -> Make:
    """`make("http", url=...)`: a probe with these keys."""

    def make(name: str, **keys: Any) -> Probe:
        return load_packs().probes[name].model_validate(keys)

    return make
