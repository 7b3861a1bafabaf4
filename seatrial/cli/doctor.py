"""`seatrial doctor`: which actions work on this machine, and what is missing where not."""

from typing import TYPE_CHECKING, Annotated, Any

from seatrial.cli.command import Option
from seatrial.cli.console import say, tell
from seatrial.cli.options import Packs

if TYPE_CHECKING:
    from seatrial.action import Action


def doctor(
    packs: Packs = None,
    only_missing: Annotated[bool, Option("--only-missing", help="Leave out the actions that work.")] = False,
) -> None:
    """Tell which actions work on this machine, for this user, and what is missing where not."""
    from seatrial.pack import load_packs

    actions = load_packs(*(packs or ())).actions
    lacking = {name: _missing(action) for name, action in actions.items()}
    for name, missing in sorted(lacking.items()):
        if missing:
            say(f"{name:22} missing   {'; '.join(missing)}")
        elif not only_missing:
            needs = actions[name].needs
            say(f"{name:22} works{f'     needs {needs}' if needs else ''}")
    works = sum(not missing for missing in lacking.values())
    tell(f"{works} of {len(actions)} actions work on this machine")


def _missing(action: "type[Action[Any, Any]]") -> list[str]:
    """What the action lacks here; the machine is only looked at."""
    from seatrial.action import NeedsMachine

    return action.missing_here() if issubclass(action, NeedsMachine) else []
