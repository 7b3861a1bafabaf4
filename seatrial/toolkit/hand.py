"""A hand: the process in which chaoslib and drivers run. Reads requests line by line until its socket ends.

The first, a fork of the command or `python -m seatrial.toolkit.hand STREAM_FD CONTROL_FD`, imports what
it is asked to, and then becomes the template that forks the others. No pydantic: a user waits for it.
"""

import gc
import importlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seatrial.crew.forks import serve_forks
from seatrial.crew.lifeline import die_with_parent

if TYPE_CHECKING:
    from seatrial.toolkit.performer import Performer

Request = dict[str, Any]
NAME: Final = "seatrial-hand"
"""Of its process and of all that it forks, for whoever asks the kernel."""


class Servant:
    """Answers requests. A fork of it knows what it had learnt before."""

    def serve(self, connection: socket.socket) -> bool:
        """Until the other end closes; True where it says `fork`: then it is for the caller to serve forks."""
        gone = suppress(ConnectionError)  # who asked has no use for the answer any more
        with connection, gone, connection.makefile("rb") as requests:
            for line in requests:
                request = json.loads(line)
                if request["verb"] == "fork":
                    return True
                answer = getattr(self, f"do_{request.pop('verb')}")(**request)
                for one in answer if isinstance(answer, Iterator) else (answer,):
                    connection.sendall(json.dumps(one).encode() + b"\n")
        return False

    def do_import(self, modules: list[str]) -> Request:
        """Import modules, once for all hands to come; one that cannot be is for the activity to tell."""
        for module in modules:
            try:
                importlib.import_module(module)
            except Exception:  # noqa: BLE001, S112  a driver is anyone's code: whoever uses it is told
                continue
        return {}

    def do_experiment(self, call: str, **given: Any) -> Request:
        """Whatever has to do with the one experiment that this process knows."""
        return getattr(self._performer, call)(**given)  # type: ignore[no-any-return]  # its answers are JSON

    @cached_property
    def _performer(self) -> "Performer":
        from seatrial.toolkit.performer import Performer

        return Performer()

    def do_run(self, activity: Request, configuration: Request, secrets: Request, judge: bool) -> Request:
        """One activity, with all that it needs in the request."""
        from seatrial.toolkit.call import called

        return called(activity, configuration, secrets, judge=judge)


def learn_and_fork(stream: int, control: int, parent: int) -> None:
    """In a session of its own: die with the runner, this parent; learn what there is to learn; then fork."""
    Path("/proc/self/comm").write_text(NAME)
    die_with_parent(parent)
    os.dup2(2, 1)  # what a driver prints is not the runner's data
    gc.disable()  # what is imported stays
    from seatrial.toolkit.call import prepare_logging
    from seatrial.toolkit.library import import_library

    import_library()
    prepare_logging()
    servant = Servant()
    if servant.serve(socket.socket(fileno=stream)):
        gc.freeze()  # no hand searches, and so copies, what all of them share
        gc.enable()
        serve_forks(socket.socket(fileno=control), servant.serve)


if __name__ == "__main__":
    os.setsid()
    learn_and_fork(int(sys.argv[1]), int(sys.argv[2]), os.getppid())
