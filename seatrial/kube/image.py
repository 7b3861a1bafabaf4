"""The project's own image, by the name under which a cluster's nodes find it."""

import os
from typing import Final

from seatrial import __version__

IMAGE_VARIABLE: Final = "SEATRIAL_IMAGE"


def own_image(given: str | None = None) -> str:
    """The one that is given, else that of SEATRIAL_IMAGE, else `seatrial:VERSION`."""
    return given or os.environ.get(IMAGE_VARIABLE) or f"seatrial:{__version__}"
