"""Puts the shipped pack inside a wheel, as `seatrial/_pack/`; an editable install reads the checkout."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACK = ("probes", "actions", "reports", "experiments")


class PackHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling has no name for its configuration
    """Called by hatchling before it collects a wheel's files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is `standard` for a wheel to install elsewhere and `editable` for this checkout."""
        if version == "standard":
            build_data["force_include"].update({folder: f"seatrial/_pack/{folder}" for folder in PACK})
