"""The command line as a user has it: a process of its own, in a folder that is nobody's."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from seatrial.shop import Shop

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Where the commands run."""
    folder = tmp_path / "some where"
    folder.mkdir()
    return folder


@pytest.fixture
def seatrial(elsewhere: Path, tmp_path: Path) -> Command:
    """`seatrial("run", file)`: the installed script, from there."""
    program = Path(sys.executable).parent / "seatrial"
    environment = {**os.environ, "SEATRIAL_LOCKS": str(tmp_path / "locks")}
    environment.pop("SEATRIAL_RUNS", None)

    def seatrial(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [program, *arguments],
            cwd=elsewhere,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return seatrial


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """The robust one."""
    with Shop() as shop:
        yield shop


def paused_replica(shop: Shop, **more: Any) -> dict[str, Any]:
    """One of the shop's replicas is paused for a moment, without load; its processes are watched."""
    replicas = f"shop-replica .*--shop {shop.shop_id}"
    return {
        "title": "One replica hangs",
        "hypothesis": "The shop bears it.",
        "slis": {
            "healthy": {"http": f"{shop.url}/health", "objective": "status == 200"},
            "running": {"process": replicas, "objective": "running >= 3", "under_fault": "running >= 2"},
        },
        "interval": "200 ms",
        "baseline": "1600 ms",
        "faults": [
            {"action": "process.pause", "targets": {"process": {"cmdline": replicas}}, "for": "1600 ms"}
        ],
        "blast_radius": {"max_targets": 1, "max_share": "34%", "max_duration": "1 min"},
        "recover_within": "10 s",
        "settle": "400 ms",
        **more,
    }


def written(folder: Path, name: str, experiment: Mapping[str, Any]) -> Path:
    """As a file, by its path."""
    path = folder / name
    path.write_text(json.dumps(experiment))
    return path
