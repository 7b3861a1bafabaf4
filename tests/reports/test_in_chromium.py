"""The page as a browser shows it: no complaint, no request, nothing wider than the screen, plots drawn."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seatrial.testing.journals import Story
from tests.reports.browser import Page, chromium
from tests.reports.conftest import HOSTILE

PageOf = Callable[..., Path]

MEASURE = """
(() => {
  const box = element => {
    const b = element.getBoundingClientRect();
    return [b.left, b.top, b.width, b.height];
  };
  const alarm = document.querySelector('.alarm');
  const shown = element => getComputedStyle(element).visibility === 'visible';
  return JSON.stringify({
    page: document.documentElement.scrollWidth,
    plots: [...document.querySelectorAll('svg.area')].filter(shown).map(box),
    curves: [...document.querySelectorAll('path.curve')].map(p => [p.getTotalLength(), ...box(p),
      getComputedStyle(p).stroke]),
    bars: [...document.querySelectorAll('svg.area rect.bar')].map(box),
    texts: [...document.querySelectorAll('svg.area text')].map(t => [t.textContent.trim(), ...box(t)]),
    ground: getComputedStyle(document.body).backgroundColor,
    alarm: alarm && getComputedStyle(alarm).backgroundColor,
  });
})()
"""


def measure(page: Page) -> dict[str, Any]:
    return dict(json.loads(page.evaluate(MEASURE)))


def test_in_chromium(page_of: PageOf, require_program: Callable[..., Path]) -> None:
    with chromium(require_program("chromium")) as browser:
        for story, words in (
            (Story.GUARD, ""),
            (Story.UNDO_INCOMPLETE, HOSTILE),
            (Story.NO_BASELINE, ""),
            (Story.DIED, ""),
        ):
            path = page_of(story, words)
            page = browser.open(path)
            for width in (1280, 390):
                page.size(width)
                seen = measure(page)
                assert seen["page"] <= width, f"{story} is wider than {width} px"
                check_plots(seen, width)
            assert page.complaints == []
            assert page.requests == [path.as_uri()]
            assert (seen["alarm"] == "rgb(173, 31, 23)") is (story is Story.UNDO_INCOMPLETE)


def check_plots(seen: dict[str, Any], width: int) -> None:
    assert len(seen["plots"]) == 1 + 10 + 3
    for left, _, plot_width, height in seen["plots"]:
        assert plot_width > 0.5 * width
        assert left >= 0
        assert left + plot_width <= width
        assert height > 60
    assert len(seen["curves"]) == 8 + 3 + 2 + 1  # two of the ten SLIs are strips of states
    for length, _, _, curve_width, _, stroke in seen["curves"]:
        assert length > 0
        assert curve_width > 0.1 * width
        assert stroke not in ("none", "rgba(0, 0, 0, 0)")
    for name, left, _, text_width, height in seen["texts"]:
        assert text_width > 0, name
        assert 8 < height < 20, f"{name} is not of a size to be read"
        assert left > -1, name


def test_dark_and_on_paper(page_of: PageOf, require_program: Callable[..., Path]) -> None:
    with chromium(require_program("chromium")) as browser:
        page = browser.open(page_of(Story.FAILED))
        page.media(scheme="light")
        light = measure(page)
        page.media(scheme="dark")
        dark = measure(page)
        assert light["ground"] == "rgb(245, 245, 242)"
        assert dark["ground"] == "rgb(19, 21, 25)"
        assert light["curves"][0][-1] != dark["curves"][0][-1]
        page.media("print", "dark")
        assert measure(page)["ground"] == "rgb(255, 255, 255)"
        sheets = page.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        assert len(sheets["data"]) > 20_000


def test_a_complaint_and_a_request_would_be_noticed(
    tmp_path: Path, require_program: Callable[..., Path]
) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text('<body style="width:2000px"><script>console.error("no")</script><img src="other.png">')
    with chromium(require_program("chromium")) as browser:
        page = browser.open(bad)
        page.size(390)
        assert any("console" in complaint.lower() or "no" in complaint for complaint in page.complaints)
        assert (tmp_path / "other.png").as_uri() in page.requests
        assert page.evaluate("document.documentElement.scrollWidth") > 390
