"""OpenSLO v1: `apiVersion: openslo/v1`, SLOs with their indicator beside them or within."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, cast

from seatrial.slo.found import Found, duration, events, ratio, source_of
from seatrial.slo.indicator import Fields
from seatrial.slo.part import Part
from seatrial.slo.slo import Calendar, CalendarUnit, Rolling, Slices, Slo

FORM: Final = "OpenSLO v1"


def found_in(documents: Sequence[Part]) -> Iterator[Found]:
    """Every objective of every SLO; other kinds are there to be referred to."""
    for document in documents:
        kind = document.need("kind").one_of(*_KINDS)
        if kind == "SLO":
            yield from _objectives(document, documents)


_KINDS: Final = (
    "SLO",
    "SLI",
    "Service",
    "DataSource",
    "AlertPolicy",
    "AlertCondition",
    "AlertNotificationTarget",
)


def _objectives(document: Part, documents: Sequence[Part]) -> Iterator[Found]:
    name = document.need("metadata", "name").text
    objectives = list(document.need("spec", "objectives").items())
    if not objectives:
        document.need("spec", "objectives").refuse("`objectives` is empty", "add one with a `target`")
    for number, objective in enumerate(objectives, 1):
        own = name if len(objectives) == 1 else f"{name}-{number}"
        yield Found(own, document, partial(_slo, own, document, objective, documents))


def _slo(name: str, document: Part, objective: Part, documents: Sequence[Part]) -> Slo:
    spec = document.need("spec")
    fields = _counts(_indicator(spec, objective, documents))
    service = spec.get("service")
    return Slo.model_validate(
        {
            **fields,
            "name": name,
            "service": service.text if service else "",
            "objective": _target(objective),
            "window": _window(spec),
            "slices": _slices(spec, objective),
            "source": source_of(document, FORM),
        }
    )


def _target(objective: Part) -> str:
    percent = objective.get("targetPercent")
    if percent is not None:
        return percent.share(percent=True)
    return objective.need("target").share(percent=False)


def _indicator(spec: Part, objective: Part, documents: Sequence[Part]) -> Part:
    """The `spec` of the SLI that an SLO or its objective holds or refers to."""
    for holder in (objective, spec):
        inline, reference = holder.get("indicator"), holder.get("indicatorRef")
        if inline is not None:
            return inline.need("spec")
        if reference is not None:
            return _referred(reference, documents)
    return spec.need("indicator")


def _referred(reference: Part, documents: Sequence[Part]) -> Part:
    slis = {one.need("metadata", "name").text: one for one in documents if one.need("kind").text == "SLI"}
    if reference.text not in slis:
        reference.refuse(
            f"the SLI {reference.text!r} is not in this file", "put its document into the same file"
        )
    return slis[reference.text].need("spec")


def _counts(sli: Part) -> Fields:
    threshold, ratios = sli.get("thresholdMetric"), sli.get("ratioMetric")
    if threshold is not None:
        threshold.refuse(
            "`thresholdMetric` compares a value: no events are counted",
            "watch it as an SLI of its own, `prometheus: {gauge: …}`; it has no budget of events",
        )
    if ratios is None:
        ratios = sli.need("ratioMetric")
    raw = ratios.get("raw")
    if raw is not None:
        kind = ratios.need("rawType").one_of("success", "failure")
        return ratio("good" if kind == "success" else "bad", _query(raw))
    bare = ratios.get("counter") is not None and ratios.need("counter").scalar is True
    good, bad = ratios.get("good"), ratios.get("bad")
    if (good is None) is (bad is None):
        ratios.refuse("`ratioMetric` needs exactly one of `good` and `bad`", "give one of them, and `total`")
    total = _query(ratios.need("total"))
    if good is not None:
        return events("good", _query(good), total, bare=bare)
    assert bad is not None
    return events("bad", _query(bad), total, bare=bare)


def _query(metric: Part) -> Part:
    """The query of a metric; refuses other sources than Prometheus."""
    source = metric.need("metricSource")
    kind = source.get("type")
    if kind is not None and kind.text.lower() not in ("prometheus", "thanos", "mimir", "victoriametrics"):
        kind.refuse(f"metrics of {kind.text} are not read", "use `type: Prometheus`")
    spec = source.need("spec")
    return spec.get("query") or spec.get("promql") or spec.need("query")


def _slices(spec: Part, objective: Part) -> Slices | None:
    method = spec.get("budgetingMethod")
    if method is None or method.one_of("Occurrences", "Timeslices", "RatioTimeslices") == "Occurrences":
        return None
    if method.text.lower() == "ratiotimeslices":
        method.refuse(
            "`RatioTimeslices` averages ratios over slices, which no budget here does",
            "write `Occurrences` or `Timeslices`",
        )
    share = objective.need("timeSliceTarget").share(percent=False)
    length = duration(objective.need("timeSliceWindow"))
    return Slices.model_validate({"length": length, "at_least": share})


_UNITS: Final = {"d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year"}


def _window(spec: Part) -> Rolling | Calendar:
    windows = list(spec.need("timeWindow").items())
    if len(windows) != 1:
        spec.need("timeWindow").refuse("`timeWindow` must have one item", "leave the one that is budgeted")
    window = windows[0]
    rolling, length = window.get("isRolling"), window.need("duration")
    calendar = window.get("calendar")
    if rolling is not None and rolling.scalar is not True and calendar is None:
        window.refuse("a window that does not roll needs `calendar`", "add `calendar: {startTime, timeZone}`")
    if calendar is None:
        return Rolling.model_validate({"length": duration(length)})
    match = re.fullmatch(r"(\d+)([dwMQY])", length.text)
    if match is None:
        length.refuse(f"{length.text!r} is no part of a calendar", "write one such as `1M`, `1Q` or `4w`")
    return Calendar(
        unit=cast("CalendarUnit", _UNITS[match[2]]),
        count=int(match[1]),
        begins=_begins(calendar.need("startTime")),
        zone=_zone(calendar),
    )


def _begins(part: Part) -> str:
    import datetime

    try:
        return datetime.datetime.fromisoformat(part.text.strip()).isoformat()
    except ValueError:
        part.refuse(f"{part.text!r} is no moment", "write it like `2026-01-01 00:00:00`")


def _zone(calendar: Part) -> str:
    from zoneinfo import ZoneInfo

    zone = calendar.get("timeZone")
    if zone is None:
        return "UTC"
    try:
        return ZoneInfo(zone.text).key
    except (ValueError, OSError, KeyError):
        zone.refuse(f"there is no time zone {zone.text!r}", "write one such as `Europe/Berlin` or `UTC`")
