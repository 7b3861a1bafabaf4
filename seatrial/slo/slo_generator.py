"""slo-generator: `apiVersion: sre.google.com/v2` with the backend `prometheus`."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from seatrial.slo.found import Found, assumed_window, events, ratio, source_of
from seatrial.slo.indicator import Fields
from seatrial.slo.part import Part
from seatrial.slo.promql import Terms, Uncountable, counted, selector_of
from seatrial.slo.slo import Slo

FORM: Final = "slo-generator"
WINDOW_DAYS: Final = 28


def found_in(documents: Sequence[Part]) -> Iterator[Found]:
    """One SLO a document."""
    for document in documents:
        yield Found(document.need("metadata", "name").text, document, partial(_slo, document))


def _slo(document: Part) -> Slo:
    spec = document.need("spec")
    service = document.get("metadata", "labels", "service_name")
    window, note = assumed_window(WINDOW_DAYS, "its budget policy's, which is a file of its own")
    return Slo.model_validate(
        {
            **_counts(spec),
            "name": document.need("metadata", "name").text,
            "service": service.text if service else "",
            "objective": spec.need("goal").share(percent=False),
            "window": window,
            "source": source_of(document, FORM),
            "notes": (note,),
        }
    )


def _counts(spec: Part) -> Fields:
    backend = spec.need("backend")
    if backend.text.split("/")[0].lower() != "prometheus":
        backend.refuse(f"the backend {backend.text} is not read", "use `backend: prometheus`")
    method = spec.need("method").one_of("good_bad_ratio", "distribution_cut", "query_sli")
    given = spec.need("service_level_indicator")
    if method == "query_sli":
        return ratio("good", given.need("expression"))
    if method == "distribution_cut":
        return _within(given)
    good, valid, bad = (given.get(f"filter_{name}") for name in ("good", "valid", "bad"))
    if good is None and bad is not None and valid is not None:
        return events("bad", bad, valid, bare=True)
    if valid is None and good is not None and bad is not None:
        bad.refuse(
            "`filter_bad` without `filter_valid` makes two counters the whole",
            "write `filter_valid`, which selects good and bad ones",
        )
    return events("good", given.need("filter_good"), given.need("filter_valid"), bare=True)


def _within(given: Part) -> Fields:
    """Events at or below a bound of a histogram's buckets."""
    expression, bound = given.need("expression"), given.need("threshold_bucket")
    seconds = bound.number
    try:
        name = _histogram(counted(expression.text, bare=True))
    except Uncountable as why:
        expression.refuse(f"{expression.name} cannot be read raw: {why.reason}", why.remedy)
    if not seconds > 0:
        bound.refuse("`threshold_bucket` must be above 0", "write a bound of the buckets, such as `0.3`")
    return {"histogram": name, "within": f"{seconds:.12g} s"}


def _histogram(terms: Terms) -> str:
    if len(terms) != 1:
        raise Uncountable("it adds up several histograms", "select one")
    (selector,) = terms
    if not selector.name.endswith("_bucket"):
        raise Uncountable(f"`{selector.name}` has no buckets", "select `…_bucket`")
    conditions = [matcher for matcher in selector.matchers if matcher.label != "le"]
    return str(selector_of(selector.name.removesuffix("_bucket"), conditions))
