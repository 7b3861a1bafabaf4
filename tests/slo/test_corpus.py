"""SLO files of every format import, or say exactly why not: the whole corpus, file by file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.errors import InvalidInput
from seatrial.files.problem import InvalidFile
from seatrial.slo.slo import Slo
from seatrial.slo.slo_file import read_slos, slo_at

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(CORPUS.iterdir(), key=lambda path: path.name)
EXPECTED = Path(__file__).parent / "corpus.txt"
"""One line an SLO: what it was read as, or place, reason and remedy."""


def told(path: Path) -> Iterator[str]:
    try:
        file = read_slos(path)
    except InvalidFile as why:
        yield f"{path.name}: {_without_folder(why)}"
        return
    yield from (f"{path.name}:{slo.source.line} {slo}" for slo in file.slos)
    yield from (f"{path.name}: {name}: {_without_folder(why)}" for name, why in file.refused)


def _without_folder(why: InvalidFile) -> str:
    return " | ".join(f"{one.headline} | {one.hint}" for one in why.problems).replace(f"{CORPUS}/", "")


def test_every_file_is_read_as_it_was_when_a_person_looked() -> None:
    assert "\n".join(line for path in FILES for line in told(path)) + "\n" == EXPECTED.read_text()


def test_the_corpus_is_what_it_claims_to_be() -> None:
    slos = [slo for path in FILES for slo in _imported(path)]
    by_format = {form: sum(slo.source.format == form for slo in slos) for form in FORMATS}
    assert len(FILES) >= 40
    assert all(count >= 2 for count in by_format.values()), by_format


FORMATS = ("OpenSLO v1", "Sloth", "Pyrra", "slo-generator", "Seatrial")


def _imported(path: Path) -> tuple[Slo, ...]:
    try:
        return read_slos(path).slos
    except InvalidFile:
        return ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_whatever_is_refused_has_file_line_and_remedy(path: Path) -> None:
    try:
        problems = [one for _, why in read_slos(path).refused for one in why.problems]
    except InvalidFile as why:
        problems = list(why.problems)
    lines = len(path.read_text().splitlines())
    for one in problems:
        assert one.file == str(path)
        assert 1 <= one.line <= lines
        assert len(one.hint) > 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_plan_can_hold_it(path: Path) -> None:
    for slo in _imported(path):
        assert Slo.model_validate_json(slo.model_dump_json()) == slo


def test_one_of_several_is_chosen_by_its_name() -> None:
    path = CORPUS / "seatrial-plain.yaml"
    assert slo_at(f"{path}#fast").within == 0.25
    assert slo_at("seatrial-plain.yaml#answered", CORPUS).objective_text == ">= 99.9%"
    with pytest.raises(InvalidInput, match="holds 4 SLOs") as several:
        slo_at(str(path))
    assert "#answered" in several.value.hint
    with pytest.raises(InvalidInput, match="no SLO 'fats'") as wrong:
        slo_at(f"{path}#fats")
    assert wrong.value.hint == "did you mean `#fast`?"
    with pytest.raises(InvalidFile, match=r"seatrial-plain.yaml:15:5: unknown key `god`"):
        slo_at(f"{path}#misspelt")
    assert slo_at(str(CORPUS / "pyrra-ratio.yaml")).name == "ratio"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("# nothing\n", "nothing is in it"),
        ("a: 1\n", "no SLO file"),
        ("- 1\n", "keys and values"),
        ("slos: [1]\n", "must have keys"),
        ("apiVersion: pyrra.dev/v1\nkind: x\n", "no format"),
        ("slos: {a: {\n", ":2:1: "),
        ("slos: {a: {}}\n---\nversion: prometheus/v1\n", "several formats"),
        ("slos: {}\nextra: 1\n", "unknown key `extra`"),
    ],
)
def test_what_is_no_slo_file_says_so(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "slo.yaml"
    path.write_text(text)
    with pytest.raises(InvalidFile) as error:
        read_slos(path)
    assert message in error.value.message
    assert error.value.problems[0].hint


def test_a_json_file_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "slo.json"
    body = '{"bad": "x_total{code=\\"500\\"}", "total": "x_total", "objective": "99%", "window": "7d"}'
    path.write_text(f'{{"slos": {{"a": {body}}}}}')
    assert str(slo_at(str(path)).bad) == 'x_total{code="500"}'


def test_names_are_given_once(tmp_path: Path) -> None:
    path = tmp_path / "slo.yaml"
    text = (CORPUS / "pyrra-ratio.yaml").read_text()
    path.write_text(f"{text}\n---\n{text}")
    with pytest.raises(InvalidFile, match="two SLOs are called 'ratio'"):
        read_slos(path)
