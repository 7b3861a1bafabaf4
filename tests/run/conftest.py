"""Real runs on marker files: each a process of its own, a few seconds long."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import pytest

from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment

PACK = Path(__file__).resolve().parents[1] / "packs/testing"
TARGETS = ["127.0.0.1:1", "127.0.0.1:2"]
Start = Callable[..., LiveRun]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where marker files come and go."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


@pytest.fixture
def start(tmp_path: Path, folder: Path) -> Iterator[Start]:
    """`start()`: a run of the marker action. All that is started is ended with the test."""
    with ExitStack() as stack:

        def start(
            arguments: dict[str, Any] | None = None,
            *,
            action: str = "testing.marker",
            addresses: list[str] = TARGETS[:1],
            live: dict[str, Any] | None = None,
            **file: Any,
        ) -> LiveRun:
            given = {"folder": str(folder), **(arguments or {})}
            targets: dict[str, Any] = {"endpoint": {"addresses": addresses}}
            text = small_experiment(action, targets, given, **file)
            run = LiveRun(**{"folder": tmp_path, "file": text, "packs": [PACK], **(live or {})})
            return stack.enter_context(run)

        yield start


def unavailable(reason: str) -> NoReturn:
    """This machine cannot do it: a skip here, a failure in CI, which has to."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
