"""What `seatrial check` finds in one file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import computed_field

from seatrial.files.experiment_file import read_experiment
from seatrial.files.problem import InvalidFile, Problem
from seatrial.model.base import Model


class Checked(Model):
    """One file and all that is to be said of it."""

    file: str
    problems: tuple[Problem, ...] = ()
    """What makes it unusable."""
    warnings: tuple[Problem, ...] = ()
    """What is allowed and hardly meant."""

    @computed_field  # type: ignore[prop-decorator]  # pydantic documents this order
    @property
    def ok(self) -> bool:
        """True where it can be planned and run."""
        return not self.problems


def checked(path: Path, *, packs: Sequence[Path] = (), overrides: Mapping[str, str] | None = None) -> Checked:
    """Read a file and say what is wrong; raises InvalidInput for a pack that cannot be loaded."""
    try:
        read = read_experiment(path, packs=packs, overrides=overrides, whole=True)
    except InvalidFile as error:
        return Checked(file=str(path), problems=error.problems)
    return Checked(file=str(path), warnings=read.warnings)
