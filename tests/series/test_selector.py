"""Selectors of series match as PromQL's do."""

import pytest
from pydantic import TypeAdapter

from seatrial.series.field import SelectorField
from seatrial.series.selector import SeriesSelector

LABELS = {"code": "503", "path": '/a"b', "method": "GET"}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("x", True),
        ("x{}", True),
        ('x{code="503"}', True),
        ("x{code='503'}", True),
        ('x{code="50"}', False),
        ('x{code!="503"}', False),
        ('x{code!="200",}', True),
        ('x{code=~"5.."}', True),
        ('x{code=~"5."}', False),  # the whole value
        ('x{code!~"5.."}', False),
        ('x{code=~"4..|5.."}', True),
        (r'x{path="/a\"b"}', True),
        (r'x{path=~"/a\"."}', True),
        ('x{ code = "503" , method = "GET" }', True),
        ('x{code="503",method="POST"}', False),
        ('x{zone=""}', True),  # a label that is not there is empty
        ('x{zone!=""}', False),
        ('x{zone!~"5.."}', True),
    ],
)
def test_matching(text: str, matches: bool) -> None:
    assert SeriesSelector(text).matches(LABELS) is matches


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "selects no series: write it like"),
        ("1x", "selects no series"),
        ("x{", "selects no series"),
        ('sum(x{a="b"})', "selects no series"),
        ("x[5m]", "selects no series"),
        ("x{a}", "write conditions like"),
        ("x{a=b}", "write conditions like"),
        ('x{a="b" c="d"}', "write conditions like"),
        ('x{a=="b"}', "write conditions like"),
        ('x{a="b', "selects no series"),
        ('x{a=~"("}', "is no regular expression: missing"),
        ('x{__name__="y"}', "write the metric's name in front"),
        (7, "selects no series"),
        (None, "selects no series"),
    ],
)
def test_what_is_refused(text: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SeriesSelector(text)


def test_it_is_written_as_it_was_read() -> None:
    adapter: TypeAdapter[SeriesSelector] = TypeAdapter(SelectorField)
    text = 'http_requests_total{code!~"5.."}'
    assert adapter.dump_json(adapter.validate_python(text)) == b'"http_requests_total{code!~\\"5..\\"}"'
    assert adapter.validate_json(adapter.dump_json(adapter.validate_python(text))) == SeriesSelector(text)


def test_a_label_that_no_series_has() -> None:
    labels = {"code", "zone"}
    assert (
        SeriesSelector('x{cod!~"5.."}').typo(labels) == "x{cod!~\"5..\"}: no series of it has a label 'cod'"
    )
    assert SeriesSelector('x{code="200",zone="a"}').typo(labels) is None
