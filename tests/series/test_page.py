"""Pages as targets write them."""

import pytest

from seatrial.series.page import read_page

PAGE = """\
# HELP x_total Things.
# TYPE x_total counter
x_total{code="200",path="/a b} # {"} 5 1700000000000
x_total{code="500"} 1e3
x_total_other 7
y NaN
# TYPE empty_total counter
# TYPE h histogram
h_bucket{le="0.5"} 2
h_bucket{le="+Inf"} 3
h_sum 1
"""


def test_only_the_wanted_lines() -> None:
    page = read_page(PAGE, {"x_total", "empty_total"})
    assert set(page.samples) == {"x_total"}
    assert [(dict(s.labels), s.value) for s in page.samples["x_total"]] == [
        ({"code": "200", "path": "/a b} # {"}, 5.0),
        ({"code": "500"}, 1000.0),
    ]
    assert page.knows("x_total")
    assert page.knows("empty_total")
    assert not page.knows("y")


def test_a_number_that_is_none() -> None:
    (sample,) = read_page(PAGE, {"y"}).samples["y"]
    assert sample.value != sample.value


def test_openmetrics_with_exemplars() -> None:
    text = (
        "# TYPE x counter\n"
        'x_total{a="b # {"} 5.0 # {trace_id="}"} 1.0 1700000000.0\n'
        "x_total 6.0 # {} 1\n"
        "# EOF\n"
    )
    page = read_page(text, {"x_total"})
    assert [(dict(s.labels), s.value) for s in page.samples["x_total"]] == [({"a": "b # {"}, 5.0), ({}, 6.0)]
    assert page.knows("x_total")


@pytest.mark.parametrize("line", ["x_total", "x_total{a=b} 1", "x_total five", 'x_total{a="b" 1'])
def test_lines_that_are_not_in_the_format(line: str) -> None:
    with pytest.raises(ValueError):
        read_page(line + "\n", {"x_total"})


def test_a_page_of_something_else() -> None:
    page = read_page("<html>x_total is nice</html>", {"x_total"})
    assert not page.knows("x_total")
