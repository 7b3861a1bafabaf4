"""What a query counts, as selectors."""

import pytest

from seatrial.slo.indicator import Kind, indicator
from seatrial.slo.promql import Uncountable, counted, fraction


def shown(query: str, *, bare: bool = False) -> dict[str, int]:
    return {str(selector): count for selector, count in counted(query, bare=bare).items()}


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("sum(rate(x[5m]))", {"x": 1}),
        ('sum by (job) (increase(x{b="2",a="1"}[{{.window}}]))', {'x{a="1",b="2"}': 1}),
        ("(sum(rate(x[$__rate_interval])) or vector(0))", {"x": 1}),
        ("sum(rate(x[5m]) + rate(y[5m]))", {"x": 1, "y": 1}),
        ("sum(rate(x[5m])) - (sum(rate(y[5m])) - sum(rate(z[5m])))", {"x": 1, "y": -1, "z": 1}),
        ("sum(rate(x[5m])) - sum(rate(x[1m]))", {}),
        ('rate({__name__="x"}[5m])', {"x": 1}),
        (r'rate(x{path=~"/a\\.b|\"c\""}[5m])', {r'x{path=~"/a\\.b|\"c\""}': 1}),
    ],
)
def test_sums_and_differences(query: str, terms: dict[str, int]) -> None:
    assert shown(query) == terms


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sum(rate(x[5m]) > 0)", "`>`"),
        ("sum(rate(x[5m])) * 2", "`*`"),
        ("max(rate(x[5m]))", "`max`"),
        ("sum(delta(x[5m]))", "`delta`"),
        ("sum(rate(x[5m] offset 1h))", "offset"),
        ("sum(rate(x[5m:1m]))", "`rate`"),
        ("sum(x)", "as a gauge"),
        ("sum(rate(x[5m])", "no PromQL"),
        ('rate({job="a"}[5m])', "any name"),
        ('rate(x{a="1" or b="2"}[5m])', "`or`"),
        ("1", "counts no events"),
    ],
)
def test_what_counts_nothing_says_why(query: str, reason: str) -> None:
    with pytest.raises(Uncountable, match=r".") as error:
        counted(query)
    assert reason in error.value.reason
    assert error.value.remedy


def of(kind: Kind, part: str, whole: str) -> dict[str, str]:
    return indicator(kind, counted(part, bare=True), counted(whole, bare=True))


def test_all_but_the_bad_ones_are_the_good_ones() -> None:
    assert of("good", 'x - x{code="500"}', "x") == {"bad": 'x{code="500"}', "total": "x"}
    assert of("bad", 'x - x{code="200"}', "x") == {"good": 'x{code="200"}', "total": "x"}


def test_a_bucket_of_a_histogram_is_a_threshold() -> None:
    fast = {"histogram": 'd{a="1"}', "within": "0.3 s", "unit": "s"}
    assert of("good", 'd_bucket{a="1",le="0.3"}', 'd_count{a="1"}') == fast
    assert of("bad", 'd_count{a="1"} - d_bucket{a="1",le="0.3"}', 'd_count{a="1"}') == fast
    assert of("good", 'd_bucket{a="1",le="0.3"}', 'd_bucket{a="1",le="+Inf"}') == fast
    with pytest.raises(Uncountable, match="no part of the histogram"):
        of("good", 'd_bucket{a="1",le="0.3"}', "d_count")
    with pytest.raises(Uncountable, match="selects no single bucket"):
        of("good", 'd_bucket{le=~"0.3|0.30"}', "d_count")
    with pytest.raises(Uncountable, match="counts it as bad"):
        of("bad", 'd_bucket{le="0.3"}', "d_count")


def test_codes_added_up_are_one_selector_only_where_none_can_count_twice() -> None:
    assert of("bad", 'x{c="500"} + x{c="5.3"}', "x")["bad"] == r'x{c=~"500|5\\.3"}'
    with pytest.raises(Uncountable, match="several selectors"):
        of("bad", 'x{c=~"5.."} + x{c="500"}', "x")
    with pytest.raises(Uncountable, match="several selectors"):
        of("bad", 'x{c="500"} + x{d="1"}', "x")
    with pytest.raises(Uncountable, match="counted more than once"):
        of("bad", 'x{c="500"} + x{c="500"}', "x")


def test_the_rest_of_a_ratio() -> None:
    found = fraction('1 - (sum(rate(x{c="200"}[5m])) / sum(rate(x[5m])))')
    assert found.is_rest
    assert len(found.part) == len(found.whole) == 1
