"""testing.stubborn: a fault whose undo fails for good until somebody mends the cause by hand."""

from pathlib import Path
from typing import ClassVar

from seatrial.api import Action, BaseTarget, Fatal, Lease, Model


class Made(Model):
    """The file that is the fault."""

    path: Path


class Stubborn(Action[BaseTarget, Made]):
    """Makes a file, and cannot remove it as long as `blocker` is there."""

    name: ClassVar[str] = "testing.stubborn"

    folder: Path
    """Where the file is made."""
    password: str = ""
    """Told in every failure: a secret that an action gives away."""
    fails: bool = False
    """Apply fails, and tells why at length."""

    @property
    def _blocker(self) -> Path:
        return self.folder / "blocker"

    def prepare(self, target: BaseTarget, lease: Lease) -> Made:
        return Made(path=self.folder / f"{lease.id}.{self.password}.made")

    def apply(self, target: BaseTarget, state: Made) -> None:
        state.path.touch()
        if self.fails:
            raise RuntimeError(f"cannot log in as root:{self.password}")

    def undo(self, target: BaseTarget, state: Made) -> None:
        """Remove the file."""
        if self._blocker.exists():
            raise Fatal(f"{self._blocker} is in the way, {self.password}")
        state.path.unlink(missing_ok=True)

    def is_undone(self, target: BaseTarget, state: Made) -> bool:
        return not state.path.exists()
