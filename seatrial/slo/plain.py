"""Seatrial's own form, for who has no SLO file yet: `slos:`, each with what it counts and promises."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from seatrial.slo.found import Found, duration, events, source_of
from seatrial.slo.indicator import Fields
from seatrial.slo.part import Part
from seatrial.slo.slo import Calendar, Rolling, Slices, Slo

FORM: Final = "Seatrial"
_KEYS: Final = (
    "service",
    "good",
    "bad",
    "total",
    "histogram",
    "within",
    "unit",
    "objective",
    "window",
    "slices",
)
_EDGES: Final = {"calendar day": "day", "calendar week": "week", "calendar month": "month"} | {
    "calendar quarter": "quarter",
    "calendar year": "year",
}


def found_in(documents: Sequence[Part]) -> Iterator[Found]:
    """Every name under `slos`."""
    for document in documents:
        document.only("slos", "$schema")
        for name, part in document.need("slos").entries.items():
            yield Found(name, part, partial(_slo, name, part))


def _slo(name: str, part: Part) -> Slo:
    part.only(*_KEYS)
    service, slices = part.get("service"), part.get("slices")
    return Slo.model_validate(
        {
            **_counts(part),
            "name": name,
            "service": service.text if service else "",
            "objective": _share(part.need("objective")),
            "window": _window(part.need("window")),
            "slices": _slices(slices) if slices is not None else None,
            "source": source_of(part, FORM),
        }
    )


def _share(part: Part) -> str:
    if not part.text.strip().endswith("%"):
        part.refuse(f"{part.name} has no unit", "write it like `99.9%`")
    return part.share(percent=True)


def _counts(part: Part) -> Fields:
    good, bad, histogram = (part.get(name) for name in ("good", "bad", "histogram"))
    given = [one for one in (good, bad, histogram) if one is not None]
    if len(given) != 1:
        part.refuse(f"{part.name} must count one thing", "give one of `good`, `bad` and `histogram`")
    if histogram is not None:
        unit = part.get("unit")
        return {
            "histogram": histogram.text,
            "within": part.need("within").text,
            "unit": unit.one_of("s", "ms") if unit else "s",
        }
    return events("bad" if bad is not None else "good", given[0], part.need("total"), bare=True)


def _slices(part: Part) -> Slices:
    part.only("length", "at_least")
    return Slices.model_validate(
        {"length": part.need("length").text, "at_least": _share(part.need("at_least"))}
    )


def _window(part: Part) -> Rolling | Calendar:
    edge = _EDGES.get(" ".join(part.text.split()))
    if edge is not None:
        return Calendar.model_validate({"unit": edge})
    return Rolling.model_validate({"length": duration(part)})
