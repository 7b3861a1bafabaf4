"""A process loads the parts that it names, and all of them where nobody can tell which."""

from pathlib import Path

import pytest

from seatrial.errors import InvalidInput
from seatrial.files.checked import checked
from seatrial.files.experiment_file import read_experiment
from seatrial.pack import as_arguments, load_arguments, load_packs

PROBE = """\
from seatrial.api import Measure, Probe, Reading, Value

class Odd(Probe):
    {name}

    @property
    def measure(self) -> Measure:
        return Measure.VALUE

    @property
    def quantities(self) -> dict[str, str]:
        return {{"q": ""}}

    async def read(self) -> Reading:
        return Value(values={{"q": 1.0}})
"""
EXPERIMENT = """\
title: Odd
hypothesis: It is odd.
slis: {odd: {odd: {}, objective: q == 1}}
"""


@pytest.fixture
def team(tmp_path: Path) -> Path:
    for folder in ("probes", "experiments"):
        (tmp_path / folder).mkdir()
    (tmp_path / "probes" / "odd.py").write_text(PROBE.format(name='name = "odd"'))
    (tmp_path / "experiments" / "odd.yaml").write_text(EXPERIMENT)
    return tmp_path


def test_only_what_is_named() -> None:
    pack = load_packs(naming=["process.pause", "tcp"])
    assert list(pack.actions) == ["process.pause"]
    assert list(pack.probes) == ["tcp"]
    assert set(pack.reports) == set(load_packs().reports)


def test_on_a_command_line(team: Path) -> None:
    assert list(load_arguments(as_arguments([team], ["process.pause"])).actions) == ["process.pause"]
    assert load_arguments([str(team)]) is load_packs(team)
    assert load_arguments(as_arguments([team], [])) is load_packs(team)


def test_a_name_that_is_not_to_be_seen(team: Path) -> None:
    (team / "probes" / "odd.py").write_text(PROBE.format(name='name = "".join(["o", "dd"])'))
    assert "odd" in load_packs(team, naming=["tcp"]).probes


def test_what_a_file_does_not_name_may_be_broken_and_is_told_by_check(team: Path) -> None:
    (team / "probes" / "other.py").write_text('class Other:\n    name = "other"\n    other = no_such_name\n')
    file = team / "experiments" / "odd.yaml"
    assert list(read_experiment(file).pack.probes) == ["odd"]
    with pytest.raises(InvalidInput, match=r"other\.py:3: NameError"):
        checked(file)
