"""A model of a pack that fails where it should say what is wrong."""

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from seatrial.errors import InvalidInput, SeatrialError
from seatrial.files.variables import scrubbed
from seatrial.pack import Pack


@contextmanager
def telling_of_broken_packs(pack: Pack, secrets: Mapping[str, str]) -> Iterator[None]:
    """Make an error that came through a pack's code an InvalidInput with its file and line."""
    try:
        yield
    except SeatrialError:
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if any(f.filename.startswith(f"{root}/") for root in _folders(pack))]
        if not own:
            raise
        raise InvalidInput(
            f"{own[-1].filename}:{own[-1].lineno}: {type(error).__name__} while a file was checked: "
            f"{scrubbed(str(error), secrets)}",
            "mend this file of the pack; a validator says what is wrong with a ValueError",
        ) from error


def _folders(pack: Pack) -> Iterator[str]:
    """Where a pack's code lies; in a checkout the engine is beside the shipped pack, not in it."""
    for root in pack.roots:
        yield from (str(root / folder) for folder in ("probes", "actions", "reports"))
