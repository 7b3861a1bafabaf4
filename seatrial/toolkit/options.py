"""What the command line says of a Chaos Toolkit experiment; the names are those of `chaos run`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

from seatrial.toolkit.strategies import HypothesisStrategy, RollbackStrategy

Dry = Literal["probes", "actions", "activities", "pause"]
CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "hypothesis_strategy": get_args(HypothesisStrategy),
    "rollback_strategy": get_args(RollbackStrategy),
    "dry": get_args(Dry),
}
"""The words that an option may be, where not everything goes."""


class Options(msgspec.Struct, frozen=True):
    """Options of one run."""

    hypothesis_strategy: HypothesisStrategy | None = None
    rollback_strategy: RollbackStrategy | None = None
    hypothesis_frequency_s: float = 1.0
    fail_fast: bool = False
    dry: Dry | None = None
    variables: tuple[str, ...] = ()
    """`name=value` or `name:type=value`."""
    var_files: tuple[Path, ...] = ()
    control_files: tuple[Path, ...] = ()
    journal_path: Path | None = None
    validate_first: bool = True

    @property
    def leaves_out_actions(self) -> bool:
        """Whether nothing is done to anybody."""
        return self.dry in ("actions", "activities")


NO_OPTIONS: Final = Options()
