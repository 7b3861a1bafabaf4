"""Sloth: `version: prometheus/v1`, and its Kubernetes form, which writes the same keys in camelCase."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from seatrial.slo.found import Found, assumed_window, events, ratio, source_of
from seatrial.slo.indicator import Fields
from seatrial.slo.part import Part
from seatrial.slo.slo import Slo

FORM: Final = "Sloth"
WINDOW_DAYS: Final = 30


def found_in(documents: Sequence[Part]) -> Iterator[Found]:
    """Every item of `slos`."""
    for document in documents:
        in_kubernetes = document.get("apiVersion") is not None
        body = document.need("spec") if in_kubernetes else document
        service = body.need("service").text
        for item in body.need("slos").items():
            yield Found(item.need("name").text, item, partial(_slo, item, service, camel=in_kubernetes))


def _slo(item: Part, service: str, *, camel: bool) -> Slo:
    window, note = assumed_window(WINDOW_DAYS, "Sloth's default, for its files do not name one")
    return Slo.model_validate(
        {
            **_counts(item.need("sli"), camel),
            "name": item.need("name").text,
            "service": service,
            "objective": item.need("objective").share(percent=True),
            "window": window,
            "source": source_of(item, FORM),
            "notes": (note,),
        }
    )


def _counts(sli: Part, camel: bool) -> Fields:
    plugin, raw = sli.get("plugin"), sli.get("raw")
    if plugin is not None:
        plugin.refuse(
            "`plugin` is code that writes the queries",
            "put what `sloth generate` makes of it under `events`",
        )
    if raw is not None:
        return ratio("bad", raw.need("errorRatioQuery" if camel else "error_ratio_query"))
    given = sli.need("events")
    error, total = ("errorQuery", "totalQuery") if camel else ("error_query", "total_query")
    return events("bad", given.need(error), given.need(total))
