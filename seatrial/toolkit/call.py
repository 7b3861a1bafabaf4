"""Calling chaoslib: one activity in this process, and everything that comes of it as JSON.

Runs in a hand. Uses only what chaoslib gives to others: `run_activity`, `within_tolerance`, `substitute`.
"""

import copy
import importlib.util
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from seatrial.crew import session

Document = dict[str, Any]


def prepare_logging() -> None:
    """Drivers import logzero and do not require it: a stand-in, as chaoslib's command line makes one."""
    if "logzero" not in sys.modules and importlib.util.find_spec("logzero") is None:
        stand_in = ModuleType("logzero")
        vars(stand_in)["logger"] = logging.getLogger("chaostoolkit")
        sys.modules["logzero"] = stand_in


def called(activity: Document, configuration: Document, secrets: Document, *, judge: bool) -> Document:
    """Run one activity; a dictionary in the form of `Outcome`, whatever it does."""
    from chaoslib.activity import run_activity
    from chaoslib.exceptions import ActivityFailed

    with warnings_kept() as warnings, _ending_what_it_left(activity):
        told: Document = {"status": "succeeded", "warnings": warnings}
        try:
            output = run_activity(activity, configuration, secrets)
        except ActivityFailed as error:
            lines = traceback.format_exception(type(error), error, None)
            return {**told, "status": "failed", "reason": str(error), "exception": lines}
        except (SystemExit, KeyboardInterrupt) as error:
            return {**told, "status": "interrupted", "reason": sentence(error)}
        except Exception as error:  # noqa: BLE001  an activity is anyone's code
            lines = traceback.format_exception(type(error), error, None)
            return {**told, "status": "raised", "reason": sentence(error), "exception": lines}
        told["output"] = as_json(output)
        if judge:
            told |= _judged(activity.get("tolerance"), output, configuration, secrets)
        return told


def _judged(tolerance: Any, output: Any, configuration: Document, secrets: Document) -> Document:
    """Whether an output is within its tolerance; `reason` where nobody can tell."""
    from chaoslib import substitute
    from chaoslib.hypothesis import within_tolerance

    try:
        if isinstance(tolerance, str):
            tolerance = substitute(tolerance, configuration, secrets)
        if isinstance(tolerance, float):  # which the library does not know
            told = output.get("status", output) if isinstance(output, dict) else output
            return {"tolerance_met": bool(told == tolerance)}
        met = within_tolerance(copy.deepcopy(tolerance), output, configuration, secrets)
    except Exception as error:  # noqa: BLE001  a tolerance may be a probe, anyone's code
        return {"reason": f"its tolerance could not be judged: {sentence(error)}"}
    if met is None:
        return {"reason": f"a tolerance of type {type(tolerance).__name__} cannot be judged"}
    return {"tolerance_met": bool(met)}


def sentence(error: BaseException) -> str:
    """What an error says, in a line."""
    text = str(error).strip().partition("\n")[0]
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def as_json(value: Any) -> Any:
    """The value as JSON would bring it back; what it cannot hold becomes text."""
    try:
        return json.loads(json.dumps(value, default=str))
    except (TypeError, ValueError, RecursionError):  # keys that are no texts, a circle
        return repr(value)


@contextmanager
def _ending_what_it_left(activity: Document) -> Iterator[None]:
    """Where chaoslib ends a program at its timeout, it leaves what the program had started."""
    timeout = activity["provider"].get("timeout") if activity["provider"]["type"] == "process" else None
    if not isinstance(timeout, int | float):
        yield
        return
    began_s, before = time.monotonic(), session.members(os.getsid(0))
    yield
    if time.monotonic() - began_s >= timeout:
        session.kill(os.getsid(0), spare=before)


@contextmanager
def warnings_kept() -> Iterator[list[str]]:
    """What is logged as a warning or worse meanwhile."""
    keeper = _Keeper(logging.WARNING)
    logger = logging.getLogger("chaostoolkit")
    logger.addHandler(keeper)
    try:
        yield keeper.found
    finally:
        logger.removeHandler(keeper)


class _Keeper(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())
