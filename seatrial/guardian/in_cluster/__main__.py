"""The guardian's process in its Pod: `python -m seatrial.guardian.in_cluster TASK`."""

import os
import signal
import sys

import anyio
from pydantic import ValidationError

from seatrial import __version__
from seatrial.crew.template import fork_template
from seatrial.errors import SeatrialError
from seatrial.guardian.in_cluster.task import POD_VARIABLE, Task
from seatrial.guardian.in_cluster.watch import guard
from seatrial.kube.client import import_library
from seatrial.pack import load_packs


def main() -> None:
    """Load the actions, have workers at hand, and guard; exit 0 once nothing is left to do."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        task = Task.model_validate_json(sys.argv[1])
        pack = load_packs(naming=task.actions)
        if missing := set(task.actions) - set(pack.actions):
            sys.exit(f"this image has no action {', '.join(sorted(missing))}: build one with the team's pack")
        import_library()  # once, before workers are forked
        template = fork_template(pack, [])
        anyio.run(guard, task, os.environ[POD_VARIABLE], pack, template)
    except ValidationError:
        sys.exit(f"this image is Seatrial {__version__}, and does not understand the runner's: build it anew")
    except SeatrialError as error:
        sys.exit(f"{error.message}; {error.hint}")


def _leave(*_: object) -> None:
    """At once: whoever removes a guardian has undone everything, or there is another."""
    os._exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
