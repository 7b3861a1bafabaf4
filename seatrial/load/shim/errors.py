"""Names for what went wrong with a request: few, short and stable, so that they can be counted."""

from collections.abc import Iterator

KINDS_MAX = 20
KIND_LENGTH_MAX = 80
OTHER = "other"

_BY_TYPE: tuple[tuple[str, str], ...] = (
    ("TimeoutError", "timeout"),
    ("timeout", "timeout"),
    ("Timeout", "timeout"),
    ("ConnectTimeout", "timeout"),
    ("ReadTimeout", "timeout"),
    ("ReadTimeoutError", "timeout"),
    ("ConnectionRefusedError", "connection refused"),
    ("ConnectionResetError", "connection reset"),
    ("BrokenPipeError", "connection reset"),
    ("RemoteDisconnected", "connection closed"),
    ("HTTPConnectionClosed", "connection closed"),
    ("gaierror", "name not resolved"),
    ("SSLCertVerificationError", "certificate not valid"),
)
_KIND_BY_TYPE = dict(_BY_TYPE)


def kind_of(exception: BaseException, status_code: int) -> str:
    """`HTTP 503`, `timeout`, `connection refused`, the user's own text, or the exception's type."""
    if type(exception).__name__ == "CatchResponseError":
        return str(exception)[:KIND_LENGTH_MAX] or "failed by the Locust file"
    for cause in _causes(exception):
        kind = _KIND_BY_TYPE.get(type(cause).__name__)
        if kind is not None:
            return kind
    if status_code >= 400:
        return f"HTTP {status_code}"
    return f"{type(exception).__name__}: {exception}"[:KIND_LENGTH_MAX]


def count_kind(counts: dict[str, int], kind: str) -> None:
    """Count a kind; beyond a bound they are all `other`."""
    if kind not in counts and len(counts) >= KINDS_MAX:
        kind = OTHER
    counts[kind] = counts.get(kind, 0) + 1


def _causes(exception: BaseException) -> Iterator[BaseException]:
    """The exception and what it wraps, as requests, urllib3 and geventhttpclient wrap it."""
    seen: set[int] = set()
    waiting: list[object] = [exception]
    while waiting and len(seen) < 10:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [
            getattr(one, "reason", None),
            getattr(one, "original", None),
            one.__cause__,
            one.__context__,
            *one.args,
        ]
