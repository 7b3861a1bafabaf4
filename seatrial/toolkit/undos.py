"""Undo of what Chaos Toolkit activities did, as data, for any process: guardian, fuse, `seatrial rollback`.

The file's own rollbacks, and known inverses of driver actions. Configuration was written down when the run
began; secrets were not, and are read again, from the file, the environment or the vault.
"""

import re
import threading
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from pydantic import JsonValue

from seatrial.action import Action, Lease
from seatrial.errors import Fatal, FaultError
from seatrial.journal.scrub import SECRET
from seatrial.model.base import Model
from seatrial.targets.target import ActivityTarget
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.inverse import Inverse, calling, is_set_back, set_back
from seatrial.toolkit.outcome import run_here

_MARKER: Final = re.compile(f"\x01{SECRET}([^\x01]+)\x01")


class _Known(Model):
    """What an activity is run with."""

    configuration: dict[str, Any]
    secrets: dict[str, Any]
    hidden: dict[str, str]
    """Every secret text by its name."""

    def shown(self, text: str) -> str:
        """Without any secret."""
        for name, value in self.hidden.items():
            text = text.replace(value, f"${{{SECRET}{name}}}") if len(value) > 3 else text
        return text

    def restored(self, value: Any) -> Any:
        """With the secrets back in place of their names."""
        if isinstance(value, dict):
            return {key: self.restored(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.restored(inner) for inner in value]
        return _MARKER.sub(lambda m: self.hidden[m[1]], value) if isinstance(value, str) else value


class RollbackState(Model):
    """One rollback of the file."""

    activity: Activity
    pauses_s: tuple[float, float] = (0.0, 0.0)
    configuration: dict[str, JsonValue]


class InverseState(Model):
    """What it takes to take one action back."""

    inverse: Inverse
    secrets: list[str] = []
    """Names of the groups that the action used."""
    configuration: dict[str, JsonValue]


class _OfFile(Model):
    """Where the secrets are."""

    file: str
    variables: list[str] = []
    var_files: list[str] = []

    def known(self, configuration: Mapping[str, JsonValue]) -> _Known:
        """Read them again."""
        from seatrial.toolkit.performer import Performer

        performer = Performer()
        told = performer.recall(self.file, self.variables, self.var_files, dict(configuration))
        known = _Known(
            configuration=performer.configuration, secrets=performer.secrets, hidden=told["secrets"]
        )
        return known.model_copy(update={"configuration": known.restored(known.configuration)})


class Rollback(_OfFile, Action[ActivityTarget, RollbackState]):
    """Runs one of the file's rollbacks. Not an action to inject: only its undo is ever asked for."""

    name: ClassVar[str] = "rollback"
    unseen: ClassVar[bool] = True

    def prepare(self, target: ActivityTarget, lease: Lease) -> RollbackState:
        """Never: a rollback is written down by the run itself."""
        raise Fatal("a rollback of a file is only ever undone with")

    def apply(self, target: ActivityTarget, state: RollbackState) -> None:
        """Never."""
        raise Fatal("a rollback of a file is only ever undone with")

    def undo(self, target: ActivityTarget, state: RollbackState) -> None:
        """Run it, with its pauses."""
        known = self.known(state.configuration)
        before_s, after_s = state.pauses_s
        threading.Event().wait(before_s)
        outcome = run_here(state.activity, known.configuration, known.secrets)
        if not outcome.succeeded:
            raise Fatal(known.shown(outcome.reason))
        threading.Event().wait(after_s)

    def is_undone(self, target: ActivityTarget, state: RollbackState) -> bool:
        """Nobody can tell what a rollback restores."""
        return False


class DerivedInverse(_OfFile, Action[ActivityTarget, InverseState]):
    """Takes back a driver's action whose inverse is known. Not an action to inject."""

    name: ClassVar[str] = "inverse"

    def prepare(self, target: ActivityTarget, lease: Lease) -> InverseState:
        """Never: the run itself reads what must be restored."""
        raise Fatal("an inverse is only ever undone with")

    def apply(self, target: ActivityTarget, state: InverseState) -> None:
        """Never."""
        raise Fatal("an inverse is only ever undone with")

    def undo(self, target: ActivityTarget, state: InverseState) -> None:
        """Set back what still is as the action left it."""
        known = self.known(state.configuration)
        try:
            set_back(state.inverse, self._hand(known, state))
        except FaultError as error:
            raise type(error)(known.shown(str(error))) from None
        except Exception as error:  # noqa: BLE001  raised again, without secrets
            raise RuntimeError(known.shown(str(error))) from None

    def is_undone(self, target: ActivityTarget, state: InverseState) -> bool:
        return is_set_back(state.inverse, self._hand(self.known(state.configuration), state))

    def _hand(self, known: _Known, state: InverseState) -> Any:
        merged = {key: value for name in state.secrets for key, value in known.secrets.get(name, {}).items()}
        return calling(merged, known.configuration)


OWN_UNDOS: Final[Mapping[str, type[Action[Any, Any]]]] = {one.name: one for one in (Rollback, DerivedInverse)}
"""Undos that are the engine's own, not a pack's."""
