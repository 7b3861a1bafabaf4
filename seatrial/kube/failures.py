"""What a cluster says when it does not do what it was asked, and whether to ask again."""

from typing import Any, Final

_AGAIN: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


class KubeError(Exception):
    """An API server's no, or none at all; the message names no address and holds no secret."""

    def __init__(self, status: int, reason: str, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status; 0 where there was no answer."""
        self.reason = reason
        """The API's own word: `NotFound`, `Conflict`, `Forbidden`; for no answer `Unanswered`."""
        self.retry_after_s = retry_after_s
        self.details: dict[str, Any] = {}
        """The status' details: causes, the object meant."""

    @property
    def is_worth_another_try(self) -> bool:
        """True for what passes by itself: no answer, a busy server, a conflict."""
        return self.status == 0 or self.status in _AGAIN

    @property
    def is_gone(self) -> bool:
        """The object is not there, or is not the one that was meant."""
        return self.status in (404, 410)

    @property
    def is_forbidden(self) -> bool:
        return self.status in (401, 403)


def of_answer(status: int, body: Any, retry_after: str | None) -> KubeError:
    """The error in an answer: a `Status` object, or whatever stood in between."""
    said = body if isinstance(body, dict) else {}
    text = str(said.get("message") or f"the cluster answered {status}")
    error = KubeError(status, str(said.get("reason") or status), text, _seconds(retry_after))
    error.details = said.get("details") or {}
    return error


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
