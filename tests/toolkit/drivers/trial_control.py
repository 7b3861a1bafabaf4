"""A control for tests: tells of every call in the file $TRIAL_LOG."""

from typing import Any

from trial import told  # type: ignore[import-not-found]  # beside it on the path of the run


def _tell(when: str, context: Any, tag: str) -> None:
    name = context.get("name") or context.get("title") if isinstance(context, dict) else ""
    told(f"{tag}: {when} {name}")


def configure_control(tag: str) -> None:
    told(f"{tag}: configure")


def cleanup_control() -> None:
    told("cleanup")


def before_experiment_control(context: Any, tag: str, **_: Any) -> None:
    _tell("before experiment", context, tag)


def after_experiment_control(context: Any, tag: str, **_: Any) -> None:
    _tell("after experiment", context, tag)


def before_hypothesis_control(context: Any, tag: str, **_: Any) -> None:
    _tell("before hypothesis", context, tag)


def after_hypothesis_control(context: Any, state: Any, tag: str, **_: Any) -> None:
    _tell(f"after hypothesis {state['steady_state_met']}", context, tag)


def before_method_control(context: Any, tag: str, **_: Any) -> None:
    _tell("before method", context, tag)


def after_method_control(context: Any, state: Any, tag: str, **_: Any) -> None:
    _tell(f"after method {len(state)}", context, tag)


def before_rollback_control(context: Any, tag: str, **_: Any) -> None:
    _tell("before rollback", context, tag)


def after_rollback_control(context: Any, state: Any, tag: str, **_: Any) -> None:
    _tell(f"after rollback {len(state)}", context, tag)


def before_activity_control(context: Any, tag: str, **_: Any) -> None:
    _tell("before activity", context, tag)
    if tag == "raise":
        raise RuntimeError("as asked")


def after_activity_control(context: Any, state: Any, tag: str, **_: Any) -> None:
    _tell(f"after activity {state['status']}", context, tag)
    if tag == "change":
        state["output"] = "changed"
