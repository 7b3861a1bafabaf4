"""Why somebody could not be reached, in words that name no address and hold no secret."""

import errno
import os
import socket
import ssl
from collections.abc import Iterator
from typing import Final

_OUR_OWN: Final = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM}
)
"""These say something about this machine, not about the other side."""


class Unanswered(Exception):
    """The other side did not answer well in time; the message says why: `connection refused`."""


def told(error: BaseException) -> Exception:
    """The deepest cause that can be named: Unanswered, or OSError where this machine could not ask."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unanswered(f"TLS: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return Unanswered(f"TLS: {(cause.reason or 'failed').replace('_', ' ').lower()}")
        if isinstance(cause, socket.gaierror):
            return Unanswered("its name cannot be resolved")
        if isinstance(cause, OSError) and cause.errno:
            said = os.strerror(cause.errno).lower()  # asyncio's own text names the address
            return OSError(cause.errno, said) if cause.errno in _OUR_OWN else Unanswered(said)
    return Unanswered(_WORDS.get(type(error).__name__, type(error).__name__))


_WORDS: Final = {
    "RemoteProtocolError": "the connection was closed, or what came was not HTTP",
    "ReadError": "the connection broke",
    "WriteError": "the connection broke",
}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The deepest causes first."""
    group = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for inner in (*group, error.__cause__, error.__context__):
        if inner is not None:
            yield from _causes(inner)
    yield error
