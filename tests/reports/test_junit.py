import re
from collections.abc import Callable
from datetime import datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from seatrial.record import RunRecord
from seatrial.testing.journals import Story
from tests.reports.conftest import HOSTILE, HOSTILE_RUNS, Render

RunOf = Callable[..., RunRecord]

ATTRIBUTES = {
    # What the schemas of Jenkins (xunit plugin) and GitLab's and GitHub's readers know.
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set(),
}
INSIDE = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}


def suite_of(render: Render, record: RunRecord) -> Element:
    root = ElementTree.fromstring(render("junit", record))
    suite = root.find("testsuite")
    assert suite is not None
    return suite


def told(suite: Element, name: str) -> str:
    """How a case ended: `passed`, `failure`, `error` or `skipped`."""
    (case,) = [case for case in suite.findall("testcase") if case.get("name") == name]
    return case[0].tag if len(case) else "passed"


@pytest.mark.parametrize(("story", "words"), [*((story, "") for story in Story), *HOSTILE_RUNS])
def test_it_is_what_ci_servers_read(story: Story, words: str, run_of: RunOf, render: Render) -> None:
    text = render("junit", run_of(story, words))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= INSIDE.get(element.tag, set())
    suite = root[0]
    order = [child.tag for child in suite]
    assert order == sorted(order, key=["properties", "testcase", "system-out"].index)
    for tag, key in (
        ("testcase", "tests"),
        ("failure", "failures"),
        ("error", "errors"),
        ("skipped", "skipped"),
    ):
        assert suite.get(key) == root.get(key) == str(len(list(suite.iter(tag))))
    cases = [(case.get("classname"), case.get("name")) for case in suite.iter("testcase")]
    assert len(cases) == len(set(cases)) == 1 + 3 * 10 + 2
    assert all(float(str(case.get("time"))) >= 0 for case in suite.iter("testcase"))
    assert datetime.fromisoformat(str(suite.get("timestamp"))).tzinfo is None


@pytest.mark.parametrize(
    ("story", "ends"),
    [
        (Story.PASSED, ("passed", "passed", "passed")),
        (Story.FAILED, ("failure", "passed", "passed")),
        (Story.GUARD, ("failure", "passed", "passed")),
        (Story.BLIND, ("error", "passed", "passed")),
        (Story.NO_BASELINE, ("error", "skipped", "skipped")),
        (Story.UNDO_INCOMPLETE, ("failure", "failure", "failure")),
        (Story.INTERRUPTED, ("error", "passed", "error")),
        (Story.DIED, ("error", "passed", "error")),
    ],
)
def test_green_is_only_what_passed(
    story: Story, ends: tuple[str, str, str], run_of: RunOf, render: Render
) -> None:
    suite = suite_of(render, run_of(story))
    assert tuple(told(suite, name) for name in ("verdict", "undo", "recovery")) == ends
    bad = int(str(suite.get("failures"))) + int(str(suite.get("errors")))
    assert (bad == 0) is (story is Story.PASSED)


def test_objectives_map_to_failure_error_and_skipped(run_of: RunOf, render: Render) -> None:
    failed = suite_of(render, run_of(Story.FAILED))
    assert told(failed, "latency_p95 < 300 ms before") == "passed"
    assert told(failed, "latency_p95 <= 2x baseline under fault") == "failure"
    blind = suite_of(render, run_of(Story.BLIND))
    assert told(blind, "healthy status == 200 under fault") == "error"
    unstarted = suite_of(render, run_of(Story.NO_BASELINE))
    assert told(unstarted, "healthy status == 200 under fault") == "skipped"


def test_an_incomplete_undo_tells_what_finishes_it(run_of: RunOf, render: Render) -> None:
    record = run_of(Story.UNDO_INCOMPLETE)
    suite = suite_of(render, record)
    (failure,) = [case[0] for case in suite.iter("testcase") if case.get("name") == "undo"]
    assert str(failure.get("message")).endswith(f"Finish it by hand: seatrial rollback {record.run_id}")
    assert "pid 4100" in str(failure.text)


def test_characters_that_xml_cannot_carry_are_replaced(run_of: RunOf, render: Render) -> None:
    text = render("junit", run_of(Story.UNDO_INCOMPLETE, HOSTILE))
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text)
    assert "\ufffd[31m \ufffd" in text
    assert "\U0001f680" in text
    assert "&lt;script&gt;" in text
