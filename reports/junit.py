"""junit: for CI servers; a test case an objective, one for the verdict, one for undo, one for recovery."""

import re
from typing import TYPE_CHECKING, ClassVar
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from seatrial.api import Report

if TYPE_CHECKING:
    from seatrial.api import RunRecord, RunView

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry, not even escaped."""


class Junit(Report):
    """JUnit XML. Deviated is a failure; unknown, which proves nothing, is an error: never green."""

    name: ClassVar[str] = "junit"
    file_name: ClassVar[str] = "report.junit.xml"

    def render(self, record: "RunRecord") -> str:
        from seatrial.api import RunView

        run = RunView(record)
        suites = Element("testsuites", name="seatrial")
        suite = SubElement(suites, "testsuite", name=_clean(run.title), timestamp=_timestamp(record))
        suite.set("hostname", _clean(record.started.host.get("hostname", "localhost")))
        _add_properties(suite, run)
        _add_verdict(suite, run)
        _add_objectives(suite, run)
        _add_undo(suite, run)
        _add_recovery(suite, run)
        SubElement(suite, "system-out").text = _clean("\n".join([run.verdict.headline, *run.limits]))
        _count(suite, record.duration_s)
        for key in ("tests", "failures", "errors", "skipped", "time"):
            suites.set(key, str(suite.get(key)))
        indent(suites)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _timestamp(record: "RunRecord") -> str:
    """ISO 8601 in UTC without its zone, as the format's schemas ask."""
    from datetime import UTC, datetime

    moment = datetime.fromisoformat(record.started.began_at).astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _add_properties(suite: Element, run: "RunView") -> None:
    properties = SubElement(suite, "properties")
    SubElement(properties, "property", name="outcome", value=run.verdict.outcome.value)
    SubElement(properties, "property", name="exit code", value=str(run.verdict.exit_code))
    for name, value in run.origins():
        SubElement(properties, "property", name=name, value=_clean(value))


def _case(suite: Element, group: str, name: str, seconds: float) -> Element:
    classname = _clean(f"seatrial.{group}")
    return SubElement(suite, "testcase", classname=classname, name=_clean(name), time=f"{seconds:.3f}")


def _tell(case: Element, kind: str, word: str, message: str, details: str = "") -> None:
    """`kind`: failure, error or skipped."""
    told = SubElement(case, kind, message=_clean(message))
    if kind != "skipped":
        told.set("type", word)
    told.text = _clean(details or message)


def _add_verdict(suite: Element, run: "RunView") -> None:
    """So that a suite is green only where the run has passed, whatever else is in it."""
    case = _case(suite, "run", "verdict", run.record.duration_s)
    outcome, details = run.verdict.outcome.value, "\n".join(run.verdict.reasons)
    if outcome in ("failed", "undo incomplete"):
        _tell(case, "failure", outcome, run.verdict.headline, details)
    elif outcome != "passed":
        _tell(case, "error", outcome, run.verdict.headline, details)


def _add_objectives(suite: Element, run: "RunView") -> None:
    for sli in run.slis:
        for cell in sli.cells:
            span = run.record.span(cell.phase)
            seconds = span.end_s - span.begin_s if span else 0.0
            name = f"{sli.name} {cell.asked} {cell.when.lower()}"
            case = _case(suite, f"objectives.{sli.name}", name, seconds)
            seen = ", ".join(filter(None, [cell.value, cell.interval]))
            details = (
                f"{cell.reason}\nmeasured: {seen or 'nothing'}\nsamples: {cell.samples}\nrule: {cell.rule}"
            )
            if cell.status is None:
                _tell(case, "skipped", "not judged", cell.reason)
            elif cell.word != "held":
                _tell(
                    case, "failure" if cell.word == "deviated" else "error", cell.word, cell.reason, details
                )


def _add_undo(suite: Element, run: "RunView") -> None:
    case = _case(suite, "run", "undo", run.undo_took_s or 0.0)
    if not run.record.hit:
        _tell(case, "skipped", "nothing injected", "nothing was injected")
    elif run.alarm:
        open_faults = [f"{target.label}: {target.undone}" for fault in run.faults for target in fault.open]
        message = f"{run.alarm} Finish it by hand: {run.rollback_command}"
        _tell(case, "failure", "undo incomplete", message, "\n".join([message, *open_faults]))


def _add_recovery(suite: Element, run: "RunView") -> None:
    case = _case(suite, "run", "recovery", run.recovered_after_s or 0.0)
    if not run.record.hit:
        _tell(case, "skipped", "nothing injected", "nothing was injected")
    elif run.record.recovered is None:
        _tell(case, "error", "not observed", "the run ended before recovery was observed")
    elif run.recovered_after_s is None:
        _tell(case, "failure", "not recovered", run.recovery)


def _count(suite: Element, seconds: float) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for kind, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(key, str(len(suite.findall(f"testcase/{kind}"))))
    suite.set("time", f"{seconds:.3f}")
