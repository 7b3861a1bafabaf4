"""An experiment that takes its objectives from SLO files."""

from pathlib import Path

import pytest

from seatrial.files.experiment_file import ExperimentFile, read_experiment
from seatrial.files.problem import InvalidFile
from seatrial.measure import Measure
from seatrial.probe import Promised
from seatrial.series.asked import Asked

SLOS = """
slos:
  answered: {good: 'x_total{code="200"}', total: x_total, objective: 99.9%, window: 28d}
  fast: {histogram: d_seconds, within: 250 ms, objective: 95%, window: 28d}
  broken: {good: 'max(x_total)', total: x_total, objective: 99%, window: 28d}
"""
EXPERIMENT = """
title: A title
hypothesis: It holds.
prometheus: {{main: {{url: "http://127.0.0.1:9"}}}}
slis:
  one: {{{sli}}}
"""


def read(folder: Path, sli: str) -> ExperimentFile:
    (folder / "slos").mkdir(exist_ok=True)
    (folder / "slos" / "shop.yaml").write_text(SLOS)
    path = folder / "experiment.yaml"
    path.write_text(EXPERIMENT.format(sli=sli))
    return read_experiment(path, environ={"SLOS": "slos"})


@pytest.mark.parametrize(
    "sli",
    [
        "slo: slos/shop.yaml#answered",
        "slo: {file: slos/shop.yaml#answered}",
        'slo: "${env:SLOS}/shop.yaml#answered"',
    ],
)
def test_the_objective_is_the_slos(tmp_path: Path, sli: str) -> None:
    file = read(tmp_path, sli)
    one = file.experiment.slis["one"]
    assert one.objective.text == ">= 99.9%"
    assert one.probe.measure is Measure.RATIO
    assert isinstance(one.probe, Promised)
    source = one.probe.slo.source
    assert (Path(source.file), source.line) == (tmp_path / "slos" / "shop.yaml", 3)
    assert "99.9%" in str(file.masked["slis"])


def test_an_objective_of_the_slis_own_goes_first(tmp_path: Path) -> None:
    one = read(tmp_path, 'slo: slos/shop.yaml#fast, objective: ">= 90%"').experiment.slis["one"]
    assert one.objective.text == ">= 90%"
    asked = getattr(one.probe, "asked", None)
    assert isinstance(asked, Asked)
    assert (str(asked.histogram), asked.within) == ("d_seconds", 0.25)


def test_what_cannot_be_used_is_told_in_both_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile) as error:
        read(tmp_path, "slo: slos/shop.yaml#broken")
    places = [(Path(one.file).name, one.line) for one in error.value.problems]
    assert places == [("experiment.yaml", 6), ("shop.yaml", 5)]


def test_a_name_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="holds no SLO 'anwsered'") as error:
        read(tmp_path, "slo: slos/shop.yaml#anwsered")
    assert error.value.problems[0].hint == "did you mean `#answered`?"
    with pytest.raises(InvalidFile, match="there is no such file"):
        read(tmp_path, "slo: slos/shopp.yaml")
