"""What every reader of a format needs: SLOs found in a file, their queries, windows and source."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from seatrial.slo.indicator import Fields, Kind, indicator, other
from seatrial.slo.part import Part
from seatrial.slo.promql import Terms, Uncountable, counted, fraction
from seatrial.slo.slo import Rolling, Slo, SloSource


@dataclass(frozen=True)
class Found:
    """One SLO of a file, not read yet: reading it raises InvalidFile where it cannot be used."""

    name: str
    part: Part
    read: Callable[[], Slo]


def source_of(part: Part, form: str) -> SloSource:
    """The place of an SLO."""
    return SloSource(file=part.source.name, line=part.spot.line, format=form, sha256=part.source.sha256)


def events(kind: Kind, part: Part, whole: Part, *, bare: bool = False) -> Fields:
    """What two queries count, `kind` of all; raises InvalidFile at the query that is the reason."""
    chosen, total = _terms(part, bare), _terms(whole, bare)
    try:
        return indicator(kind, chosen, total)
    except Uncountable as why:
        part.refuse(f"{part.name} cannot be read raw: {why.reason}", why.remedy)


def ratio(kind: Kind, query: Part, *, bare: bool = False) -> Fields:
    """What a query of the form `part / whole` counts; raises InvalidFile."""
    try:
        found = fraction(query.text, bare=bare)
        return indicator(other(kind) if found.is_rest else kind, found.part, found.whole)
    except Uncountable as why:
        query.refuse(f"{query.name} cannot be read raw: {why.reason}", why.remedy)


def _terms(query: Part, bare: bool) -> Terms:
    try:
        return counted(query.text, bare=bare)
    except Uncountable as why:
        query.refuse(f"{query.name} cannot be read raw: {why.reason}", why.remedy)


_SECONDS: Final = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_PIECE: Final = re.compile(r"(\d+)(ms|[smhdwy])")


def duration(part: Part) -> str:
    """`28d`, `4w`, `1h30m`, as Prometheus writes durations, in seconds: `90 s`; raises InvalidFile."""
    text = part.text.replace(" ", "")
    if not re.fullmatch(f"({_PIECE.pattern})+", text):
        part.refuse(f"{part.name} is no duration: '{text[:40]}'", "write one such as `28d`, `4w` or `1h`")
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in _PIECE.findall(text))
    if not seconds:
        part.refuse(f"{part.name} has no length", "write one such as `28d`")
    return f"{seconds:.12g} s"


def assumed_window(days: int, why: str) -> tuple[Rolling, str]:
    """For formats whose files say nothing of it."""
    return Rolling.model_validate({"length": f"{days} d"}), f"its window is taken as {days} d: {why}"
