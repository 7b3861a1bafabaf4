import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from msgspec.structs import replace

from seatrial.record import RunRecord
from seatrial.testing.journals import Story
from tests.reports.conftest import HOSTILE_RUNS, Render

RunOf = Callable[..., RunRecord]
VOID = {"meta", "link", "img", "br"}


class Outline(HTMLParser):
    """What a page is made of; refuses what is not well nested."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        """Each text with the tag that it stands in."""
        self._open: list[str] = []
        self.feed(page)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self._open[-1], " ".join(data.split())))

    def count(self, tag: str) -> int:
        return sum(found == tag for found, _ in self.tags)

    def text(self) -> str:
        return " ".join(words for tag, words in self.texts if tag != "style")


def outline(render: Render, record: RunRecord) -> Outline:
    return Outline(render("html", record))


@pytest.mark.parametrize("story", Story)
def test_every_course_of_a_run_has_its_page(story: Story, run_of: RunOf, render: Render) -> None:
    record = run_of(story)
    page = outline(render, record)
    text = page.text()
    assert record.verdict.outcome.value.capitalize() in text
    assert record.plan.title in text
    assert "With two of four replicas stalled" in text
    for part in ("Objectives", "Evidence", "Faults and their undo", "Blast radius", "Guards", "Load"):
        assert part in text
    for part in ("Limits of the evidence", "Event log", "Where this comes from", record.plan.digest, "Seed"):
        assert part in text
    for step in record.verdict.next_steps:
        assert step.split("`")[0].strip() in text


def test_the_verdict_comes_before_everything_else(run_of: RunOf, render: Render) -> None:
    page = outline(render, run_of(Story.FAILED))
    ids = [values["id"] for tag, values in page.tags if tag == "h2"]
    assert ids[:5] == ["verdict", "hypothesis", "glance", "objectives", "evidence"]


def test_an_incomplete_undo_is_the_first_line_with_the_command_that_finishes_it(
    run_of: RunOf, render: Render
) -> None:
    record = run_of(Story.UNDO_INCOMPLETE)
    page = outline(render, record)
    body = [(tag, words) for tag, words in page.texts if tag not in ("title", "style")]
    assert body[1] == ("strong", "Undo incomplete: 1 of 3 faults is not verified as undone.")
    assert body[3] == ("code", f"seatrial rollback {record.run_id}")
    first = next(values for tag, values in page.tags if tag == "p")
    assert first == {"class": "alarm", "role": "alert"}
    assert "alarm" not in [values.get("class") for _, values in outline(render, run_of(Story.PASSED)).tags]


def test_each_objective_is_told_before_under_and_after_the_fault(run_of: RunOf, render: Render) -> None:
    record = run_of(Story.FAILED)
    text = outline(render, record).text()
    for one in record.verdict.objectives:
        assert one.objective in text
        assert one.decision.rule in text
        assert f"samples: {one.decision.samples:,}" in text
        assert one.decision.reason.split("`")[0].strip() in text
    deviated = record.verdict.of("latency_p95", one.phase.FAULT)
    assert deviated is not None
    assert deviated.status == "deviated"
    assert re.search(r"✕ deviated \d+ ms, [\d.]+x baseline asked: <= 2x baseline interval: ", text)


def test_a_phase_that_never_was_is_not_judged(run_of: RunOf, render: Render) -> None:
    text = outline(render, run_of(Story.NO_BASELINE)).text()
    assert "not judged" in text
    assert "nothing was injected" in text


def test_faults_guards_and_blast_radius(run_of: RunOf, render: Render) -> None:
    text = outline(render, run_of(Story.GUARD)).text()
    assert re.search(r"availability >= 95 % stop_when \d:\d\d\.\d: 35 % of 210 events were bad", text)
    assert "Targets with a fault at once 3 3 3 ✓ yes" in text
    assert "restored by runner" in text
    assert "not verified" not in text.lower()


def test_generator_and_model_are_told(run_of: RunOf, render: Render) -> None:
    text = outline(render, run_of(Story.BLIND)).text()
    assert "Generator-limited." in text
    assert "open: arrivals on a schedule" in text
    assert "connection refused" in text


def test_nothing_comes_from_elsewhere_and_nothing_runs(run_of: RunOf, render: Render) -> None:
    page = outline(render, run_of(Story.GUARD))
    for tag, values in page.tags:
        assert tag not in ("script", "iframe", "object", "embed", "form", "base", "use", "image")
        for name, value in values.items():
            assert not name.startswith("on")
            assert name not in ("src", "srcset", "style", "action")
            if name.endswith("href"):
                assert value.startswith("#") or value == "data:,"
    style = next(
        words for words in re.findall(r"<style>(.*?)</style>", render("html", run_of(Story.GUARD)), re.DOTALL)
    )
    assert "@import" not in style
    assert set(re.findall(r"url\((.*?)\)", style)) == {"#hatch"}


def test_the_policy_allows_its_own_style_alone(run_of: RunOf, render: Render) -> None:
    text = render("html", run_of(Story.PASSED))
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = next(
        v["content"] for t, v in Outline(text).tags if v.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert "unsafe" not in policy


@pytest.mark.parametrize(("story", "words"), HOSTILE_RUNS)
def test_hostile_words_stay_words(story: Story, words: str, run_of: RunOf, render: Render) -> None:
    plain, hostile = outline(render, run_of(story)), outline(render, run_of(story, words))
    tags, hostile_tags = (Counter(tag for tag, _ in page.tags) for page in (plain, hostile))
    hostile_tags["code"] = tags["code"]  # a backtick in a reason makes code, which is harmless
    # A description, and a note in the event log, are all that there is more of.
    assert hostile_tags - tags == Counter({"p": 1, "tr": 1, "td": 2})
    assert {name for _, values in hostile.tags for name in values} == {
        name for _, values in plain.tags for name in values
    }
    text = hostile.text()
    assert text.count("<script>alert(1)</script>") > 20
    assert "{{ 7*7 }}" in text


def test_headings_tables_and_pictures_can_be_read_aloud(run_of: RunOf, render: Render) -> None:
    page = outline(render, run_of(Story.GUARD))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(values.get("scope") in ("col", "row") for tag, values in page.tags if tag == "th")
    identities = [values["id"] for _, values in page.tags if "id" in values]
    assert len(identities) == len(set(identities))
    named = 0
    for tag, values in page.tags:
        labels = values.get("aria-labelledby", "").split()
        assert set(labels) <= set(identities)
        if tag == "svg" and "role" in values:
            assert values["role"] == "img"
            assert len(labels) == 2
            named += 1
    assert named == page.count("desc") == 1 + 10 + 3  # the timeline, a plot an SLI, and the load
    assert page.tags[0] == ("html", {"lang": "en"})


def test_a_control_run_and_signals_of_the_environment_are_told(run_of: RunOf, render: Render) -> None:
    record = run_of(Story.NO_BASELINE)
    plan = record.plan.model_copy(update={"control": True})
    page = outline(render, replace(record, plan=plan, slis=record.slis[:9], requires=record.slis[9:]))
    text = page.text()
    assert "A control run (A/A): nothing was injected, on purpose" in text
    assert "leader elected, seen by command; a signal of the environment" in text
    assert "sli-10" in [values.get("id") for _, values in page.tags]


def colours(style: str) -> list[dict[str, str]]:
    """The light and the dark palette."""
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block)) for block in blocks[:2]]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) > 4 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_are_told_apart_in_light_and_dark(run_of: RunOf, render: Render) -> None:
    """WCAG 2.2: 4.5 for text, 3 for what is drawn."""
    (style,) = re.findall(r"<style>(.*?)</style>", render("html", run_of(Story.PASSED)), re.DOTALL)
    light, dark = colours(style)
    assert contrast("#000", "#fff") == pytest.approx(21)
    for palette in (light, dark):
        for ground in ("card", "ground"):
            for ink in ("ink", "muted", "held", "deviated", "unknown"):
                assert contrast(palette[ink], palette[ground]) >= 4.5, (ink, ground)
        for tone in ("held", "deviated", "unknown"):
            assert contrast(palette[tone], palette[f"{tone}-soft"]) >= 4.5, tone
        assert contrast(palette["none"], palette["faint"]) >= 4.5
        assert contrast(palette["bar-ink"], palette["bar"]) >= 4.5
        for drawn in ("a", "b", "c", "mark", "objective", "baseline", "held", "hatch"):
            assert contrast(palette[drawn], palette["card"]) >= 3, drawn


def test_long_lists_of_targets_are_cut_and_those_in_trouble_come_first(run_of: RunOf, render: Render) -> None:
    record = run_of(Story.UNDO_INCOMPLETE)
    good = next(fault for fault in record.faults if not fault.is_open)
    fault = record.plan.faults[0]
    many = tuple(
        replace(good, planned=good.planned.model_copy(update={"id": f"f0.t{number}"}))
        for number in range(500)
    )
    bad = next(fault for fault in record.faults if fault.is_open)
    page = outline(render, replace(record, faults=(*many, bad)))
    text = page.text()
    assert "And 441 more targets" in text
    assert "NOT verified as undone" in text
    assert fault.action in text


@pytest.mark.slow  # the journal of an hour takes its time to make up
def test_an_hour_of_ten_slis_is_less_than_a_megabyte(run_of: RunOf, render: Render) -> None:
    record = run_of(Story.FAILED, minutes=60.0)
    assert all(len(series.points) == 3600 for series in record.slis)
    assert len(render("html", record).encode()) < 1_000_000
