"""Reading a whole file: its pack, its paths, what is doubted, what is written down."""

import hashlib
import json
from pathlib import Path

import pytest

from seatrial.errors import InvalidInput
from seatrial.files.experiment_file import read_experiment
from seatrial.files.problem import InvalidFile
from seatrial.files.starter import make_team_pack
from seatrial.pack import shipped_root
from tests.files.conftest import VALID, ProblemsOf, Read

PROBE = """\
from pathlib import Path
from typing import ClassVar
from seatrial.api import Field, Measure, Model, Probe, Reading, Value, field_validator

class Part(Model):
    word: str

class Odd(Probe):
    name: ClassVar[str] = "odd"
    shorthand: ClassVar[str | None] = "file"
    file: Path
    more: tuple[Path, ...] = ()
    either: int | list[int] | Part = 3
    checked: int = 0

    @property
    def measure(self) -> Measure:
        return Measure.VALUE

    @property
    def quantities(self) -> dict[str, str]:
        return {"q": ""}

    @field_validator("checked")
    @classmethod
    def _check(cls, value: int) -> int:
        return 100 // (value - 7) and value

    async def read(self) -> Reading:
        return Value(values={"q": 1.0})
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A team's pack with one probe that wants much."""
    folder = tmp_path / "team"
    (folder / "probes").mkdir(parents=True)
    (folder / "experiments").mkdir()
    (folder / "probes" / "odd.py").write_text(PROBE)
    return folder


def with_sli(sli: str) -> str:
    return VALID.replace('{http: "http://127.0.0.1:8080/health", objective: "status == 200"}', sli)


def test_a_word_that_is_none_is_looked_for_in_the_whole_pack(tmp_path: Path) -> None:
    """Though only what the file names is loaded at first."""
    path = tmp_path / "e.yaml"
    path.write_text(VALID.replace("{http: ", "{openmetric: "))
    with pytest.raises(InvalidFile, match="did you mean `openmetrics`"):
        read_experiment(path)


def test_what_is_read(read: Read, tmp_path: Path) -> None:
    file = read(VALID)
    assert file.path == tmp_path / "experiment.yaml"
    assert file.sha256 == hashlib.sha256(VALID.encode()).hexdigest()
    assert file.pack.roots == (shipped_root(),)
    assert file.experiment.faults[0].for_s == 20
    assert file.masked["blast_radius"] == {"max_targets": 1, "max_share": "34%", "max_duration": "5 min"}
    assert "baseline" not in file.masked
    assert file.warnings == ()


def test_a_flag_within_an_objective(read: Read) -> None:
    """`open == true` holds a flag, but is none."""
    read(VALID.replace("slis:", "slis:\n  shop: {tcp: '127.0.0.1:80', objective: open == true}", 1))


def test_yaml_and_json_give_the_same(read: Read) -> None:
    from_yaml = read(VALID)
    from_json = read(json.dumps({"$schema": "x.json", **from_yaml.masked}, indent=1), "experiment.json")
    assert from_json.experiment == from_yaml.experiment
    assert from_json.masked == from_yaml.masked


def test_the_teams_pack_is_found_from_the_file(pack: Path) -> None:
    path = pack / "experiments" / "x.yaml"
    path.write_text(with_sli("{odd: here, objective: q == 1}"))
    file = read_experiment(path)
    assert file.pack.roots == (shipped_root(), pack)
    assert file.experiment.slis["healthy"].probe_name == "odd"


def test_a_pack_may_be_named(pack: Path, read: Read, problems_of: ProblemsOf) -> None:
    text = with_sli("{odd: here, objective: q == 1}")
    assert "unknown key `odd`" in problems_of(text)[0].message
    assert read(text, packs=[pack]).experiment.slis["healthy"].probe_name == "odd"


def test_a_pack_that_cannot_be_loaded_is_told_with_file_and_line(pack: Path, read: Read) -> None:
    (pack / "probes" / "odd.py").write_text("import os\nimport no_such_module\n")
    with pytest.raises(InvalidInput, match=r"team/probes/odd\.py:2: ModuleNotFoundError"):
        read(VALID, packs=[pack])
    with pytest.raises(InvalidInput, match="there is no pack at"):
        read(VALID, packs=[pack / "nowhere"])


def test_a_validator_that_fails_is_told_with_file_and_line(
    pack: Path, read: Read, problems_of: ProblemsOf
) -> None:
    text = with_sli("{odd: {file: x, checked: 7}, objective: q == 1}")
    with pytest.raises(InvalidInput, match=r"team/probes/odd\.py:27: ZeroDivisionError"):
        read(text, packs=[pack])
    assert problems_of(text.replace("checked: 7", "checked: 8"), packs=[pack]) == ()


def test_paths_begin_at_the_files_folder(
    pack: Path, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home-of-mine")
    monkeypatch.chdir("/")
    file = read(
        VALID.replace("healthy:", "short: {odd: here, objective: q == 1}\n  healthy:").replace(
            '{http: "http://127.0.0.1:8080/health", objective: "status == 200"}',
            "{odd: {file: ./a/b, more: [/absolute, ../c, ~/d]}, objective: q == 1}",
        ),
        packs=[pack],
    )
    probe = file.experiment.slis["healthy"].probe.model_dump()
    assert probe["file"] == tmp_path / "a/b"
    assert probe["more"] == (Path("/absolute"), tmp_path / "../c", Path("/home-of-mine/d"))
    assert file.masked["slis"] == {
        "short": {"odd": f"{tmp_path}/here", "objective": "q == 1"},
        "healthy": {
            "odd": {
                "file": f"{tmp_path}/a/b",
                "more": ["/absolute", f"{tmp_path}/../c", "/home-of-mine/d"],
            },
            "objective": "q == 1",
        },
    }


def test_the_locustfile_begins_at_the_files_folder(read: Read, tmp_path: Path) -> None:
    (tmp_path / "users.py").write_text("")
    file = read(VALID + "load: {locustfile: users.py, users: 3}\n")
    assert file.experiment.load is not None
    assert file.experiment.load.locustfile == tmp_path / "users.py"
    assert file.masked["load"] == {"locustfile": f"{tmp_path}/users.py", "users": 3}


def test_what_the_folder_makes_impossible_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "one, two"
    folder.mkdir()
    (folder / "users.py").write_text("")
    (folder / "x.yaml").write_text(VALID + "load: {locustfile: users.py, users: 3}\n")
    with pytest.raises(InvalidFile, match=r"x\.yaml:10:\d+: .*comma"):
        read_experiment(folder / "x.yaml")


def test_the_home_of_nobody_is_told(problems_of: ProblemsOf) -> None:
    text = VALID.replace("cmdline: shop-replica", "pidfile: ~nobody-here/x.pid")
    (problem,) = problems_of(text)
    assert "the home in `~nobody-here/x.pid` is not known" in problem.message
    assert problem.line == 7


def test_a_choice_of_types_is_one_problem(pack: Path, problems_of: ProblemsOf) -> None:
    (problem,) = problems_of(with_sli("{odd: {file: x, either: word}, objective: q == 1}"), packs=[pack])
    assert (problem.line, problem.column) == (4, 36)
    assert problem.message == "`either` cannot be the text 'word'"
    assert problem.hint == "write a whole number or a list or keys and values"


def test_what_is_below_a_choice_is_told_there(pack: Path, problems_of: ProblemsOf) -> None:
    (problem,) = problems_of(with_sli("{odd: {file: x, either: [1, a]}, objective: q == 1}"), packs=[pack])
    assert (problem.line, problem.column) == (4, 40)


def test_all_problems_are_told_at_once(problems_of: ProblemsOf) -> None:
    text = """\
titel: A
hypothesis: [B]
slis:
  availability: {laod: success_ratoi, objective: 99}
  latency: {load: p95, objective: "> 3 ms"}
faults:
  - action: process.puase
    targets: {proces: {cmdline: "("}}
    for: 20
  - {acton: process.kill, targets: {host: {}}, for: 3 s, max_share: 3%}
blastradius: {max_target: 1, max_share: 3, max_duration: 5 min}
owner: ${own}
tags: [*t, 1]
"""
    problems = problems_of(text.replace("*t, ", ""))
    told = [(p.line, p.message.split(" ")[0] + " " + p.message.split(" ")[1]) for p in problems]
    assert told == [
        (1, "unknown key"),
        (2, "`hypothesis` must"),
        (4, "unknown key"),
        (4, "`metric` cannot"),
        (4, "`objective`: 99"),
        (5, "'> 3"),
        (7, "there is"),
        (8, "unknown key"),
        (8, "'(' is"),
        (9, "`for`: 20"),
        (10, "unknown key"),
        (10, "unknown key"),
        (11, "unknown key"),
        (11, "unknown key"),
        (11, "`max_share`: 3"),
        (12, "there is"),
        (13, "item 1"),
    ]


@pytest.mark.parametrize(
    ("addition", "line", "message"),
    [
        ("recover_within: 3 s\nsettle: 5 s", 10, "settling takes 5 s, but recovery is given only 3 s"),
        ("baseline: 2 s", 10, "the baseline is shorter than three intervals"),
        ('load: {rate: 1/s, host: "http://h", requests: [{path: /}]}', 10, "no SLI reads the load"),
        ("interval: 10 s\nbaseline: 60 s", 8, "each stage lasts 20 s, too short for three readings"),
    ],
)
def test_what_can_hardly_be_meant_is_doubted(addition: str, line: int, message: str, read: Read) -> None:
    (warning,) = read(f"{VALID}{addition}\n").warnings
    assert (warning.line, warning.message) == (line, message)
    assert warning.hint


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("for: 20 s", "for: 10 min", 8, "this is longer than `max_duration`, 5 min"),
        ("for: 20 s", "for: 20 s\n    stages: [1, 3]", 9, "these stages are beyond the blast radius"),
        ("for: 20 s", "for: 20 s\n    stages: [50%]", 9, "these stages are beyond the blast radius"),
    ],
)
def test_a_plan_that_will_be_refused_is_doubted(
    old: str, new: str, line: int, message: str, read: Read
) -> None:
    (warning,) = read(VALID.replace(old, new)).warnings
    assert warning.line == line
    assert message in warning.message


def test_the_starters_experiment_is_right(tmp_path: Path) -> None:
    make_team_pack(tmp_path)
    file = read_experiment(tmp_path / "experiments" / "first.yaml")
    assert file.pack.roots == (shipped_root(), tmp_path)
    assert file.warnings == ()
    (fault,) = file.experiment.faults
    assert fault.parameters.model_dump()["path"] == tmp_path / "experiments" / "sample.conf"
