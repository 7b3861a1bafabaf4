"""A small valid experiment, and ways to read what is made of it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from seatrial.files.experiment_file import ExperimentFile, read_experiment
from seatrial.files.problem import InvalidFile, Problem

VALID = """\
title: One replica hangs
hypothesis: Nobody notices.
slis:
  healthy: {http: "http://127.0.0.1:8080/health", objective: "status == 200"}
faults:
  - action: process.pause
    targets: {process: {cmdline: shop-replica}}
    for: 20 s
blast_radius: {max_targets: 1, max_share: 34%, max_duration: 5 min}
"""

Read = Callable[..., ExperimentFile]
ProblemsOf = Callable[..., tuple[Problem, ...]]


@pytest.fixture
def valid() -> str:
    return VALID


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a text as a file of its own and read it."""

    def read_text(
        text: str,
        name: str = "experiment.yaml",
        *,
        overrides: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        packs: Sequence[Path] = (),
    ) -> ExperimentFile:
        path = tmp_path / name
        path.write_text(text)
        return read_experiment(path, overrides=overrides, environ=environ or {}, packs=packs)

    return read_text


@pytest.fixture
def problems_of(read: Read) -> ProblemsOf:
    """The problems of a text; none where it is right."""

    def problems(text: str, name: str = "experiment.yaml", **options: object) -> tuple[Problem, ...]:
        try:
            read(text, name, **options)
        except InvalidFile as error:
            return error.problems
        return ()

    return problems
