"""Pyrra: `apiVersion: pyrra.dev/v1alpha1`, with bare selectors of counters."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from seatrial.slo.found import Found, duration, events, source_of
from seatrial.slo.indicator import Fields
from seatrial.slo.part import Part
from seatrial.slo.promql import Uncountable, counted
from seatrial.slo.slo import Slo

FORM: Final = "Pyrra"


def found_in(documents: Sequence[Part]) -> Iterator[Found]:
    """One SLO a document."""
    for document in documents:
        yield Found(document.need("metadata", "name").text, document, partial(_slo, document))


def _slo(document: Part) -> Slo:
    spec = document.need("spec")
    service = spec.get("ServiceLevelIndicator", "service") or document.get("metadata", "namespace")
    return Slo.model_validate(
        {
            **_counts(spec.need("indicator")),
            "name": document.need("metadata", "name").text,
            "service": service.text if service else "",
            "objective": spec.need("target").share(percent=True),
            "window": {"kind": "rolling", "length": duration(spec.need("window"))},
            "source": source_of(document, FORM),
        }
    )


def _counts(indicator: Part) -> Fields:
    ratio, latency = indicator.get("ratio"), indicator.get("latency")
    native, flag = indicator.get("latencyNative"), indicator.get("bool_gauge")
    for given in (ratio, latency, native):
        if given is not None:
            _refuse_groups(given)
    if ratio is not None:
        return events("bad", ratio.need("errors", "metric"), ratio.need("total", "metric"), bare=True)
    if latency is not None:
        return events("good", latency.need("success", "metric"), latency.need("total", "metric"), bare=True)
    if native is not None:
        return _native(native)
    if flag is not None:
        flag.refuse(
            "`bool_gauge` counts scrapes, not events",
            "watch the gauge as an SLI of its own, `prometheus: {gauge: …}`; it has no budget of events",
        )
    return _counts_nothing(indicator)


def _counts_nothing(indicator: Part) -> Fields:
    indicator.refuse("`indicator` holds nothing that is known", "give `ratio`, `latency` or `latencyNative`")


def _native(native: Part) -> Fields:
    metric = native.need("total", "metric")
    try:
        selected = counted(metric.text, bare=True)
    except Uncountable as why:
        metric.refuse(f"{metric.name} cannot be read raw: {why.reason}", why.remedy)
    (selector,) = selected
    return {"histogram": str(selector), "within": duration(native.need("latency"))}


def _refuse_groups(given: Part) -> None:
    grouping = given.get("grouping")
    names = [item.text for item in grouping.items()] if grouping is not None else []
    if grouping is not None and names:
        grouping.refuse(
            f"`grouping` makes a promise for each {names[0]!r}, and an experiment tests one",
            f'leave it out, and select one by `{names[0]}="…"`',
        )
