"""From what two queries count to what is read: good or bad of all, or a histogram and its threshold."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from seatrial.series.selector import Matcher, SeriesSelector
from seatrial.slo.promql import Terms, Uncountable, selector_of

Kind = Literal["good", "bad"]
Fields = dict[str, str]
"""The fields of an Slo that say what is counted."""


def indicator(kind: Kind, part: Terms, whole: Terms) -> Fields:
    """What to read of a part of the whole, `good` or `bad`; raises Uncountable."""
    total = _one(_infinite_as_count(whole), "the total")
    part = _infinite_as_count(part)
    if part[total] == 1 and len(part) > 1:  # all but the others
        others = Counter({one: -count for one, count in part.items() if one != total})
        return indicator(other(kind), others, whole)
    chosen = _one(part, f"the {kind} events")
    if chosen == total:
        raise Uncountable(f"the {kind} events are all events", "select a part of them")
    bound = next((m for m in chosen.matchers if m.label == "le"), None)
    if bound is not None:
        return _within(kind, chosen, bound, total)
    return {kind: str(chosen), "total": str(total)}


def other(kind: Kind) -> Kind:
    return "bad" if kind == "good" else "good"


def _one(terms: Terms, what: str) -> SeriesSelector:
    """The one selector whose events these are."""
    positive = [selector for selector, count in terms.items() if count == 1]
    if len(positive) != len(terms) or not positive:
        raise Uncountable(f"{what}: taken away, or counted more than once", "count each event once")
    return positive[0] if len(positive) == 1 else _together(positive, what)


def _together(selectors: list[SeriesSelector], what: str) -> SeriesSelector:
    """`x{code="500"}` and `x{code="503"}` are `x{code=~"500|503"}`; more than that is not one selector."""
    first = set(selectors[0].matchers)
    shared = first.intersection(*(one.matchers for one in selectors))
    own = [set(one.matchers) - shared for one in selectors]
    labels = {matcher.label for matchers in own for matcher in matchers}
    alike = len({one.name for one in selectors}) == 1 and all(len(matchers) == 1 for matchers in own)
    if not alike or len(labels) != 1 or any(m.op != "=" for matchers in own for m in matchers):
        names = " and ".join(f"`{one}`" for one in selectors)
        raise Uncountable(f"{what} come from several selectors, {names}", "write them as one selector")
    values = sorted(re.escape(matcher.value) for matchers in own for matcher in matchers)
    return selector_of(selectors[0].name, [*shared, Matcher(labels.pop(), "=~", "|".join(values))])


def _infinite_as_count(terms: Terms) -> Terms:
    """`x_bucket{le="+Inf"}` is `x_count`."""
    found: Terms = Counter()
    for selector, count in terms.items():
        rest = _without_bound(selector.matchers)
        is_infinite = any(m.label == "le" and m.value == "+Inf" for m in selector.matchers)
        if is_infinite and selector.name.endswith("_bucket"):
            found[selector_of(_base(selector) + "_count", rest)] += count
        else:
            found[selector] += count
    return found


def _without_bound(matchers: Iterable[Matcher]) -> list[Matcher]:
    return [matcher for matcher in matchers if matcher.label != "le"]


def _base(selector: SeriesSelector) -> str:
    return selector.name.removesuffix("_bucket").removesuffix("_count")


def _within(kind: Kind, bucket: SeriesSelector, bound: Matcher, total: SeriesSelector) -> Fields:
    if kind == "bad":
        raise Uncountable("a bucket holds what was fast enough, and this counts it as bad", "swap them")
    if bound.op != "=":
        raise Uncountable(f"`le{bound.op}` selects no single bucket", 'name one bound: `le="0.3"`')
    conditions = _without_bound(bucket.matchers)
    if total != selector_of(_base(bucket) + "_count", conditions):
        reason = f"`{bucket}` is no part of the histogram that `{total}` counts"
        raise Uncountable(reason, "give both the same metric and conditions, besides `le`")
    unit = "ms" if re.search(r"_(ms|millis|milliseconds)$", _base(bucket)) else "s"
    try:
        bound_s = float(bound.value) / (1000 if unit == "ms" else 1)
    except ValueError:
        raise Uncountable(f"`{bound.value}` is no bound of a bucket", "write a number") from None
    selector = selector_of(_base(bucket), conditions)
    return {"histogram": str(selector), "within": f"{bound_s:.12g} s", "unit": unit}
