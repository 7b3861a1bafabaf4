"""The Chaos Toolkit as it is installed by itself: without hvac, which it would import at every start."""

from typing import Final

_CODE: Final = (
    "import sys; sys.modules['hvac'] = None; from chaostoolkit.__main__ import cli; sys.exit(cli())"
)
CHAOS: Final = ("python", "-c", _CODE)
"""A command; its first word is looked for beside this Python."""
