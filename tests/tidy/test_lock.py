"""requirements.lock holds what pyproject.toml asks for, each with its hashes."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.source import ROOT

LOCKED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)(?: ; (?P<marker>.+?))? \\$", re.MULTILINE)


def test_every_requirement_is_locked_to_a_version_that_fits() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = list(project["project"]["dependencies"])
    for group in (project["project"]["optional-dependencies"], project["dependency-groups"]):
        wanted += [line for lines in group.values() for line in lines if not line.startswith("seatrial[")]
    locked: dict[str, list[str]] = {}
    for match in LOCKED.finditer((ROOT / "requirements.lock").read_text()):
        locked.setdefault(match["name"], []).append(match["version"])
    assert len(wanted) > 20
    wrong = [
        line
        for line in wanted
        for requirement in [Requirement(line)]
        for versions in [locked.get(canonicalize_name(requirement.name), [])]
        if not versions or not all(version in requirement.specifier for version in versions)
    ]
    assert not wrong, "run `make lock`"


def test_every_locked_package_has_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert len(blocks) > 50
    assert [block for block in blocks[1:] if "--hash=sha256:" not in block] == []


def test_one_version_of_uv_is_fetched_everywhere() -> None:
    in_makefile = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    in_image = re.search(r" uv==(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert in_makefile
    assert in_image
    assert in_makefile[1] == in_image[1]
