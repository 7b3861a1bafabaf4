"""Regular expressions that a user writes."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(
            f"{pattern[:60]!r} is not a regular expression, {error}: "
            "mend it, or put a backslash before a bracket that means itself"
        ) from None
    return pattern


Pattern = Annotated[str, StringConstraints(min_length=1), AfterValidator(_compiles)]
