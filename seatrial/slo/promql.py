"""What a query counts: sums and differences of counters, as the selectors that can be read raw.

sum(rate(x{code=~"5.."}[5m])) or vector(0)      ──▶ + x{code=~"5.."}
sum(rate(x[5m])) - sum(rate(x{code="200"}[5m])) ──▶ + x  - x{code="200"}
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatrial.errors import InvalidInput
from seatrial.series.selector import Matcher, SeriesSelector

if TYPE_CHECKING:
    import promql_parser

Terms = Counter[SeriesSelector]
"""How often each selector's events are counted; negative where they are taken away."""

_GROWTH = ("rate", "increase", "irate")
_WINDOW = re.compile(r"\[\s*(\{\{\s*\.window\s*\}\}|\$\{?\w+\}?|window)\s*\]")
"""What tools put the window in for: Sloth, Grafana, slo-generator."""


class Uncountable(Exception):
    """A query that counts nothing that can be read raw: why, and what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True)
class Fraction:
    """A query that divides: bad or good events by all of them."""

    part: Terms
    whole: Terms
    is_rest: bool = False
    """True for `1 - part / whole`."""


def counted(query: str, *, bare: bool = False) -> Terms:
    """The counters that a query adds up; raises Uncountable.

    With `bare`, a selector without `rate` or `increase` is a counter too; elsewhere it is a gauge.
    """
    return _terms(_parsed(query), bare)


def fraction(query: str, *, bare: bool = False) -> Fraction:
    """A query of the form `part / whole` or `1 - part / whole`; raises Uncountable."""
    tree = _parsed(query)
    is_rest = _is_binary(tree, "-") and getattr(tree.lhs, "val", None) == 1
    if is_rest:
        tree = _unwrapped(tree.rhs)
    if not _is_binary(tree, "/"):
        raise Uncountable("this ratio is not one sum divided by another", "give its events and their total")
    return Fraction(_terms(tree.lhs, bare), _terms(tree.rhs, bare), is_rest)


def _parsed(query: str) -> Any:
    try:
        import promql_parser
    except ImportError:
        raise InvalidInput(
            "reading queries of SLO files needs promql-parser",
            "install it: `pip install 'seatrial[prometheus]'`",
        ) from None
    try:
        tree = promql_parser.parse(_WINDOW.sub("[5m]", query))
    except ValueError as error:
        raise Uncountable(f"this is no PromQL: {error}", "mend the query; `promtool` tells more") from None
    return _unwrapped(tree)


def _unwrapped(tree: Any) -> Any:
    """Without parentheses, and without `or vector(0)`, which raw counters do not need."""
    while True:
        if type(tree).__name__ == "ParenExpr":
            tree = tree.expr
        elif _is_binary(tree, "or") and str(tree.rhs.prettify()).replace(" ", "") == "vector(0)":
            tree = tree.lhs
        else:
            return tree


def _is_binary(tree: Any, operator: str) -> bool:
    return type(tree).__name__ == "BinaryExpr" and str(tree.op) == operator


def _terms(tree: Any, bare: bool) -> Terms:
    tree = _unwrapped(tree)
    if _is_binary(tree, "+") or _is_binary(tree, "-"):
        found = _terms(tree.lhs, bare)
        add = found.update if str(tree.op) == "+" else found.subtract
        add(_terms(tree.rhs, bare))
        return Counter({selector: count for selector, count in found.items() if count})
    kind = type(tree).__name__
    if kind == "AggregateExpr" and str(tree.op) == "sum":
        return _terms(tree.expr, bare)
    if kind == "Call" and tree.func.name in _GROWTH and type(tree.args[0]).__name__ == "MatrixSelector":
        return Counter({_selector(tree.args[0].vector_selector): 1})
    if kind == "VectorSelector" and bare:
        return Counter({_selector(tree): 1})
    raise _uncountable(tree)


def _uncountable(tree: Any) -> Uncountable:
    """What stands in the way, by name."""
    kind, remedy = type(tree).__name__, "write it as sums of `rate(counter[5m])`"
    if kind == "Call":
        return Uncountable(f"`{tree.func.name}` counts no events", remedy)
    if kind == "AggregateExpr":
        return Uncountable(f"`{tree.op}` adds up no events", remedy)
    if kind == "VectorSelector":
        reason = f"`{tree.prettify()}` is read as it stands, as a gauge is"
        return Uncountable(reason, "put it into `sum(rate(…[5m]))`, if it is a counter")
    if kind == "BinaryExpr" and str(tree.op) == "/":
        return Uncountable("a ratio is no count of events", "give its events and their total apart")
    if kind == "BinaryExpr":
        return Uncountable(f"`{tree.op}` between queries counts no events", remedy)
    return Uncountable(f"`{str(tree.prettify())[:60]}` counts no events", remedy)


def _selector(found: "promql_parser.VectorSelector") -> SeriesSelector:
    """Its conditions in the order of their labels, so that equal ones are equal."""
    if found.offset is not None or found.at is not None:
        raise Uncountable("`offset` and `@` look at another time than now", "remove them")
    if found.matchers.or_matchers:
        raise Uncountable("`or` between labels cannot be read raw", 'write one expression: `code=~"a|b"`')
    name, matchers = found.name or "", []
    for one in found.matchers.matchers:
        if one.name == "__name__" and _OPERATORS[str(one.op)] == "=":
            name = one.value
        else:
            matchers.append(Matcher(one.name, _OPERATORS[str(one.op)], one.value))
    if not name:
        raise Uncountable("this selects series of any name", "name the metric")
    return selector_of(name, matchers)


_OPERATORS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}


def selector_of(name: str, matchers: "list[Matcher] | tuple[Matcher, ...]") -> SeriesSelector:
    """A selector in its one form; raises Uncountable where it cannot be read."""
    text = ",".join(_written(matchers))
    try:
        return SeriesSelector(f"{name}{{{text}}}" if text else name)
    except ValueError as error:
        raise Uncountable(str(error), "mend the selector") from None


def _written(matchers: "list[Matcher] | tuple[Matcher, ...]") -> Iterator[str]:
    for one in sorted(matchers, key=lambda m: (m.label, m.op, m.value)):
        value = one.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        yield f'{one.label}{one.op}"{value}"'
