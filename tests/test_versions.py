"""Versions read off the names of folders are those that the metadata tells."""

import importlib.metadata

from seatrial.versions import versions_of


def test_as_the_metadata_says() -> None:
    names = ["pydantic", "chaostoolkit-lib", "ruamel.yaml", "Jinja2", "pyyaml"]
    assert versions_of(names) == {name: importlib.metadata.version(name) for name in names}


def test_what_is_not_installed_is_left_out() -> None:
    assert versions_of(["no-such-thing"]) == {}
