"""What stands in the docs can be used as it stands: experiments, parts of them, links to headings."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from seatrial.budget.policy import read_policy
from seatrial.cli.demo import asked_for
from seatrial.cli.demo_kubernetes import needs_kubernetes
from seatrial.files.checked import checked
from seatrial.files.experiment_file import read_experiment
from seatrial.pack import shipped_root
from seatrial.plan.resolve import make_plan
from seatrial.shop import Shop
from seatrial.slo.slo_file import read_slos
from tests.docs.pages import PAGES, Block, blocks
from tests.tidy.source import ROOT

PART = "# a part of an experiment"
ELSEWHERE = re.compile(r"# (\.github/|\.gitlab-ci\.yml|docker-compose)")
"""The first line of a file of another program."""
SLOS = "# slos/checkout.yaml"
"""The first line of an SLO file, which experiments on these pages refer to."""
POLICY = "# budget-policy.yaml"
REST = {
    "title": "An example",
    "hypothesis": "It is right.",
    "slis": {"steady": {"http": "http://127.0.0.1:1/", "objective": "status == 200"}},
    "load": {"host": "http://127.0.0.1:1", "requests": [{"path": "/"}], "rate": "10/s"},
    "blast_radius": {"max_targets": 100, "max_share": "100%", "max_duration": "1 h"},
}
OTHERS = (
    "reference/probes.md",
    "reference/actions.md",
    "reference/actions-kubernetes.md",
    "guides/write-a-probe.md",
    "guides/write-an-action.md",
)
"""Pages whose parts of experiments tests/tidy checks, or whose packs are made in their own tests."""

YAML_BLOCKS = [
    block
    for path in PAGES
    if str(path.relative_to(ROOT / "docs" if path.parent != ROOT else ROOT)) not in OTHERS
    for block in blocks(path, "yaml")
]


def problems_of(block: Block, folder: Path) -> list[str]:
    """What `seatrial check` says of it, completed where it is a part."""
    (folder / "slos").mkdir()
    for slos in (one for one in YAML_BLOCKS if one.text.startswith(SLOS)):
        (folder / "slos" / "checkout.yaml").write_text(slos.text)
    if block.text.startswith(POLICY):
        (folder / "budget-policy.yaml").write_text(block.text)
        return [] if read_policy(folder / "budget-policy.yaml").exceptions else ["no exception"]
    if block.text.startswith(SLOS):
        return [str(why) for _, why in read_slos(folder / "slos" / "checkout.yaml").refused]
    file = folder / "example.yaml"
    for name in re.findall(r"locustfile: ([\w./-]+)", block.text):
        (folder / name).write_text("from locust import FastHttpUser\n")
    file.write_text(completed(block.text) if block.text.startswith(PART) else block.text)
    return [str(problem) for problem in checked(file).problems]


def completed(text: str) -> str:
    """A part with the rest around it; where both say something, the part does."""
    part: dict[str, Any] = YAML(typ="safe").load(text)
    return text + "".join(f"{key}: {json.dumps(value)}\n" for key, value in REST.items() if key not in part)


@pytest.mark.parametrize("block", YAML_BLOCKS, ids=lambda block: block.place)
def test_every_experiment_in_the_docs_is_right(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in re.findall(r"\$\{env:(\w+)\}", block.text):
        monkeypatch.setenv(name, "a value")
    if ELSEWHERE.match(block.text):
        assert isinstance(YAML(typ="safe").load(block.text), dict)
        return
    assert block.text.startswith((PART, SLOS, POLICY)) or "title:" in block.text, (
        f"begin a part with `{PART}`"
    )
    assert problems_of(block, tmp_path) == []


def test_an_experiment_that_is_wrong_is_found(tmp_path: Path) -> None:
    wrong = Block(ROOT / "README.md", 1, "yaml", f"{PART}\nrecover_within: 30\nsettles: 3 s\n")
    assert len(problems_of(wrong, tmp_path)) == 2


def anchors(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", one.lower())) for one in headings)
    return {one.replace(" ", "-") for one in plain}


ANCHORED = re.compile(r"\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)")


def lost_anchors(path: Path, text: str) -> list[str]:
    found = []
    for target, anchor in ANCHORED.findall(text):
        aim = (path.parent / target) if target else path
        inside = text if not target else aim.read_text() if aim.is_file() else ""
        if anchor not in anchors(inside):
            found.append(f"{path.name}: {target}#{anchor}")
    return found


def test_links_into_pages_lead_to_a_heading() -> None:
    assert [link for path in PAGES for link in lost_anchors(path, path.read_text())] == []


def test_a_lost_anchor_is_found() -> None:
    text = "## `seatrial run`\n[a](#seatrial-run) [b](#nowhere)"
    assert lost_anchors(ROOT / "README.md", text) == ["README.md: #nowhere"]


def test_the_shipped_experiments_plan_without_a_problem_on_the_shop() -> None:
    files = sorted((shipped_root() / "experiments").glob("*.yaml"))
    assert len(files) >= 3
    with Shop() as shop:
        for file in files:
            if "prometheus:" in file.read_text() or needs_kubernetes(file):
                continue  # its plan asks a Prometheus, or a cluster: tests/e2e runs it with one
            read = read_experiment(file, overrides=asked_for(file, shop))
            plan = make_plan(read, seed=1)
            missing = [why for why in plan.refusals if ": missing " in why]  # where this user is not root
            assert [why for why in plan.refusals if why not in missing] == [], file.name
            assert read.warnings == (), file.name
            assert all(size.decidable for size in plan.samples), file.name
            assert {one.population for one in plan.faults} <= {1, len(shop.replicas)}, file.name
