"""Keeps the log of a failing Locust file readable: a complaint a few times, not a thousand a second."""

import logging

REPEATS_MAX = 3
COMPLAINTS_MAX = 200
START_LENGTH = 120

_NOISY = ("locust.user.task", "locust.user.users")


class FewRepeats(logging.Filter):
    """Lets a message pass the first times only; all of them are counted in `user_errors` anyway."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it."""
        start = record.getMessage()[:START_LENGTH]
        if start not in self._seen and len(self._seen) >= COMPLAINTS_MAX:
            return False
        self._seen[start] = self._seen.get(start, 0) + 1
        return self._seen[start] <= REPEATS_MAX


def few_repeats() -> None:
    """Bound what Locust writes about exceptions out of tasks and on_start."""
    for name in _NOISY:
        logging.getLogger(name).addFilter(FewRepeats())
