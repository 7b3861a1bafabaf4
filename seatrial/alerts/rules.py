"""Alerting rules: what they compare, the earliest that they can fire, and why some never can.

rate[w] ratio > threshold  for d        fires at the earliest after threshold x w + d of a total outage
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from seatrial.errors import InvalidInput


@dataclass(frozen=True)
class Rule:
    """One alerting rule, as the server tells it."""

    name: str
    group: str
    query: str
    for_s: float
    labels: dict[str, str]
    health: str
    error: str
    state: str
    """`inactive`, `pending` or `firing`."""
    every_s: float
    """How often it is evaluated."""


def rules_of(data: Any) -> Iterator[Rule]:
    """The rules in an answer to `rules`."""
    for group in (data or {}).get("groups", ()):
        for rule in group.get("rules", ()):
            if rule.get("type") == "alerting":
                yield Rule(
                    name=str(rule["name"]),
                    group=str(group.get("name", "")),
                    query=str(rule["query"]),
                    for_s=float(rule.get("duration", 0)),
                    labels=dict(rule.get("labels", {})),
                    health=str(rule.get("health", "unknown")),
                    error=str(rule.get("lastError", "")),
                    state=str(rule.get("state", "inactive")),
                    every_s=float(group.get("interval", 0)),
                )


@dataclass(frozen=True)
class Compared:
    """A rule's query as `value > threshold`."""

    value: str
    """PromQL of the left side."""
    operator: str
    threshold: float


def parsed(query: str) -> Any:
    """The tree; raises InvalidInput where the parser is not installed, ValueError for what it cannot read."""
    try:
        import promql_parser
    except ImportError:
        raise InvalidInput(
            "reading alerting rules needs promql-parser", "install it: `pip install 'seatrial[prometheus]'`"
        ) from None
    return promql_parser.parse(query)


def compared(query: str) -> Compared | None:
    """None where the query is no comparison with a number."""
    try:
        tree = parsed(query)
    except ValueError:
        return None
    while type(tree).__name__ == "ParenExpr":
        tree = tree.expr
    if type(tree).__name__ != "BinaryExpr" or str(tree.op) not in (">", ">=", "<", "<=", "==", "!="):
        return None
    try:
        threshold = float(tree.rhs.prettify())
    except ValueError:
        return None
    return Compared(str(tree.lhs.prettify()), str(tree.op), threshold)


_RANGE = re.compile(r"\[((?:\d+(?:ms|[smhdwy]))+)\]")
_PIECE = re.compile(r"(\d+)(ms|[smhdwy])")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}


def earliest_s(rule: Rule) -> float:
    """The least time from the beginning of a total outage to the alert's firing: nothing can be sooner."""
    found = compared(rule.query)
    ranges = [
        sum(int(count) * _SECONDS[unit] for count, unit in _PIECE.findall(text))
        for text in _RANGE.findall(rule.query)
    ]
    if found is None or found.operator not in (">", ">=") or not 0 < found.threshold < 1:
        return rule.for_s
    is_share = "/" in found.value and ranges
    return rule.for_s + (found.threshold * min(ranges) if is_share else 0.0)


def selectors_of(query: str) -> list[tuple[str, tuple[str, ...]]]:
    """Metrics with the labels that are asked of them; raises ValueError for what the parser cannot read."""
    found: list[tuple[str, tuple[str, ...]]] = []
    _collect(parsed(query), found)
    return list(dict.fromkeys(found))


def _collect(tree: Any, found: list[tuple[str, tuple[str, ...]]]) -> None:
    kind = type(tree).__name__
    if kind == "MatrixSelector":
        tree, kind = tree.vector_selector, "VectorSelector"
    if kind == "VectorSelector":
        labels = tuple(one.name for one in tree.matchers.matchers if one.name != "__name__" and one.value)
        if tree.name:
            found.append((tree.name, labels))
        return
    for attribute in ("lhs", "rhs", "expr", "param"):
        inner = getattr(tree, attribute, None)
        if inner is not None and not isinstance(inner, str | float):
            _collect(inner, found)
    for argument in getattr(tree, "args", ()) or ():
        _collect(argument, found)
