"""Programs that change the kernel's network, run inside a network namespace."""

import os
import re
import shlex
import shutil
from typing import Annotated, Final

from pydantic import StringConstraints

from seatrial.errors import Retryable
from seatrial.kernel import namespaces
from seatrial.shell import Finished, run_line
from seatrial.targets import privileges

_PATH: Final = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
_TIMEOUT_S: Final = 5.0

Interface = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}$")]
"""As `ip link` lists it."""


def run(namespace: str | None, *words: str, mark: str = "") -> Finished:
    """Run a program to its end; it dies with its caller, and `end_line(mark)` ends it."""
    inside = ["nsenter", f"--net={namespaces.FOLDER / namespace}"] if namespace else []
    line, environment = shlex.join([*inside, *words]), {"PATH": _PATH}
    try:
        return run_line(line, timeout_s=_TIMEOUT_S, environment=environment, mark=mark)
    except OSError as error:
        raise Retryable(f"no program can be started: {error.strerror}") from error


def missing(*programs: str, namespaced: bool = False) -> list[str]:
    """What is not here: of these programs, and of what this user needs to change the network."""
    wanted = (*programs, "nsenter") if namespaced else programs
    found = [f"the program {name}" for name in wanted if shutil.which(name, path=_PATH) is None]
    return found + privileges.missing("CAP_NET_ADMIN") + (namespaces.missing_to_enter() if namespaced else [])


def knows_qdisc(*words: str) -> bool:
    """Whether this kernel has a queueing discipline; tried in a network namespace that ends with the try.

    True also where that takes too long: no kernel lacks what it is too slow to try.
    """
    tried = run(None, "unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", *words)
    return tried.ok or tried.status is None


def handle_of(lease: str) -> str:
    """A number of its own for a queue, `8f3a:`, from the lease; such as people give are small."""
    return f"{0x4000 + digest(lease) % 0x8000:x}:"


def table_of(lease: str) -> str:
    """A name of its own for a table."""
    return "seatrial_" + re.sub(r"[^A-Za-z0-9_.-]", "_", lease)


def digest(text: str) -> int:
    """The same number for the same text, on any machine."""
    import hashlib

    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
