"""Seatrial's actions and probes for the Chaos Toolkit: `module: seatrial.chaostoolkit` in its experiments.

Each action is a function of its own, `process.pause` is `process_pause`; so is each probe, `http` is
`read_http`. `undo` takes faults away again, as a rollback for example. What nobody takes away ends after
`at_most`, and with the `chaos run`, however that ends.
"""

import inspect
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from chaoslib.discovery.discover import discover_activities, initialize_discovery_result
from chaoslib.exceptions import ActivityFailed
from pydantic import BaseModel, ValidationError

from seatrial import __version__
from seatrial.action import Action
from seatrial.errors import SeatrialError
from seatrial.pack import load_packs
from seatrial.probe import Probe
from seatrial.reading import Latency, Ratio, Reading, Unknown, Value, sound
from seatrial.toolkit.driver_call import DriverCall

__all__ = ["discover", "undo"]

_TYPES: Final = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def undo(fault: str | None = None) -> list[dict[str, str]]:
    """Take away what this run of experiments has injected: the fault of this name, or all, newest first.

    Tells of each target how it was found. Safe to call twice. Fails where something may still be there.
    """
    from seatrial.store import Store
    from seatrial.toolkit.held_run import end

    try:
        return end(Store(_runs()), _owner(), fault)
    except SeatrialError as error:
        raise ActivityFailed(error.message) from None


def _inject(
    action: str,
    targets: Mapping[str, Any],
    *,
    count: int | str = 1,
    at_most: str = "5 min",
    fault: str | None = None,
    secrets: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> dict[str, Any]:
    from seatrial.toolkit.held_run import Request, start

    hidden = {_variable(key): str(value) for key, value in (secrets or {}).items()}
    request = Request(
        label=fault or action,
        fault={
            "action": action,
            "targets": _masked(targets, hidden),
            "stages": [count],
            "for": at_most,
            "with": _masked(arguments, hidden),
        },
        runs=_runs(),
        owner=_owner(),
    )
    try:
        return start(request, hidden)
    except SeatrialError as error:
        raise ActivityFailed(f"{action}: {error.message}") from None


def _variable(secret: str) -> str:
    """The variable of the environment by which a secret reaches the process that holds the fault."""
    return re.sub(r"\W", "_", f"SEATRIAL_OF_CHAOS_{secret}", flags=re.ASCII).upper()


def _masked(value: Any, hidden: Mapping[str, str]) -> Any:
    """Texts as an experiment of Seatrial writes them, secrets by the names of their variables."""
    if isinstance(value, Mapping):
        return {key: _masked(inner, hidden) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner, hidden) for inner in value]
    if isinstance(value, str):
        value = value.replace("${", "$${")
        for name, secret in sorted(hidden.items(), key=lambda item: -len(item[1])):
            value = value.replace(secret, f"${{env:{name}}}") if secret else value
    return value


def _read(probe: type[Probe], after: float = 1.0, quantity: str | None = None, **arguments: Any) -> Any:
    import anyio

    try:
        made = probe.model_validate(arguments)
    except ValidationError as error:
        raise ActivityFailed(f"{probe.name}: {_told(error)}") from None
    answers: list[Any] = []
    # In a thread: the Chaos Toolkit may call from within a loop of its own.
    thread = threading.Thread(target=lambda: answers.append(anyio.run(_reading, made, after)))
    thread.start()
    thread.join()
    if not answers:
        raise ActivityFailed(f"{probe.name} could not be read")
    return _plain(answers[0], quantity)


async def _reading(probe: Probe, after_s: float) -> Reading:
    """The first one, or the second where the first only begins to count."""
    import anyio

    try:
        async with probe.reader() as read:
            reading = await read()
            if (reading is None or isinstance(reading, Unknown)) and after_s > 0:
                await anyio.sleep(after_s)
                reading = await read()
            return sound(reading or Unknown(reason=f"it had nothing to say within {after_s:g} s"))
    except Exception as error:  # noqa: BLE001  a probe is anyone's code: the activity fails
        return Unknown(reason=f"{type(error).__name__}: {error}")


def _plain(reading: Reading, quantity: str | None) -> Any:
    """As JSON: one quantity, or all by their names."""
    match reading:
        case Unknown():
            raise ActivityFailed(reading.reason)
        case Ratio():
            told: dict[str, Any] = {"good": reading.good, "total": reading.total}
            told["ratio"] = reading.good / reading.total if reading.total else None
        case Latency():
            told = {"latency_ms": reading.durations.quantile_ms(reading.quantile)}
        case Value():
            told = dict(reading.values)
    if quantity is None:
        return told
    if quantity not in told:
        raise ActivityFailed(f"there is no quantity {quantity!r}: there is {', '.join(told)}")
    return told[quantity]


def _told(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in error.errors())


def _runs() -> Path:
    """The folder of runs, as for the commands."""
    return Path(os.environ.get("SEATRIAL_RUNS") or "runs").resolve()


def _owner() -> Any:
    """`chaos run`, or the `seatrial run` whose worker this is."""
    from seatrial.targets import process as processes
    from seatrial.toolkit.hand import NAME
    from seatrial.toolkit.held_run import Owner

    pid = os.getpid()
    while Path(f"/proc/{pid}/comm").read_text().rstrip() == NAME:
        pid = processes.parent_pid(pid)
    return Owner(pid=pid, start_ticks=processes.start_ticks(pid) or 0)


# --- a function for each part of the shipped pack --------------------------------------------


def _action_function(action: type[Action[Any, Any]]) -> Callable[..., Any]:
    """`process_pause(targets, …, count=1, at_most="5 min", fault=None)`."""

    def inject(**given: Any) -> dict[str, Any]:
        return _inject(action.name, **given)

    own = [
        _parameter("targets", dict),
        *_parameters(action),
        _parameter("count", str, 1),
        _parameter("at_most", str, "5 min"),
        _parameter("fault", str, None),
        _parameter("secrets", dict, None),
    ]
    doc = f"""{inspect.getdoc(action)}

`targets` is what may be hit, as in an experiment of Seatrial, and `count` how many of these or which share.
It returns once the fault is on, and stays until `undo`, for `at_most`, or to the end of the run of
experiments. `fault` names it for `undo`; without it, it is called {action.name!r}."""
    return _named(inject, action.name.replace(".", "_"), doc, own, dict)


def _probe_function(probe: type[Probe]) -> Callable[..., Any]:
    """`read_http(url, …, quantity=None)`."""

    def read(**given: Any) -> Any:
        return _read(probe, **given)

    own = [*_parameters(probe), _parameter("quantity", str, None), _parameter("after", float, 1.0)]
    doc = f"""{inspect.getdoc(probe)}

Returns the quantity of that name, or all by their names without one. What it counts from one reading to
the next is read twice, `after` seconds apart. What cannot be read fails."""
    return _named(read, f"read_{probe.name}", doc, own, dict)


def _named(
    function: Callable[..., Any], name: str, doc: str, parameters: list[inspect.Parameter], returns: type
) -> Callable[..., Any]:
    """Such that the Chaos Toolkit, which looks at functions, finds what it takes."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    needed_first = sorted(parameters, key=lambda one: one.default is not inspect.Parameter.empty)
    signature = inspect.Signature(needed_first, return_annotation=returns)
    function.__signature__ = signature  # type: ignore[attr-defined]
    return function


def _parameters(model: type[BaseModel]) -> Iterator[inspect.Parameter]:
    """The keys of a part, with their types and defaults as JSON has them."""
    schema = model.model_json_schema(mode="serialization")
    for name, told in schema["properties"].items():
        kinds = [option["type"] for option in told.get("anyOf", [told]) if "type" in option]
        annotation = _TYPES.get(kinds[0], inspect.Parameter.empty) if kinds else inspect.Parameter.empty
        needed = name in schema.get("required", ())
        yield _parameter(name, annotation, inspect.Parameter.empty if needed else told.get("default"))


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def _functions() -> Iterator[Callable[..., Any]]:
    """All but what is the Chaos Toolkit's own, or needs the load of a run."""
    pack = load_packs()
    for action in pack.actions.values():
        if not issubclass(action, DriverCall):
            yield _action_function(action)
    for probe in pack.probes.values():
        if not issubclass(probe, DriverCall) and not hasattr(probe, "of"):  # FromLoad
            yield _probe_function(probe)


for _function in _functions():
    globals()[_function.__name__] = _function
    __all__ += [_function.__name__]  # noqa: PLE0604  each is a function of this module


def discover(discover_system: bool = True) -> dict[str, Any]:  # noqa: ARG001  it is called so
    """What `chaos discover seatrial` shows."""
    found = initialize_discovery_result("seatrial", __version__, "seatrial")
    for activity in discover_activities(__name__, "action"):
        if activity["name"] != "discover":
            kind = "probe" if activity["name"].startswith("read_") else "action"
            found["activities"].append({**activity, "type": kind})
    return found  # type: ignore[no-any-return]
