"""A hand: the process in which an action's code runs. Reads requests line by line until its socket ends."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from seatrial.action import Action, TakesEffect
from seatrial.crew.verbs import (
    Answer,
    Apply,
    CheckEffect,
    EndsByItself,
    Failure,
    IsUndone,
    Prepare,
    Request,
    StillNeeded,
    TakeBack,
    request_of,
)
from seatrial.errors import Fatal, ForeignChange, Retryable
from seatrial.files.variables import resolve_environment
from seatrial.journal.entries import Undo
from seatrial.journal.scrub import restored
from seatrial.kube import fence, just_read
from seatrial.model.base import Model
from seatrial.pack import Pack
from seatrial.precaution import Precaution
from seatrial.targets.target import BaseTarget, KubernetesTarget
from seatrial.toolkit.undos import OWN_UNDOS

_Parts = tuple[Action[Any, Any], BaseTarget, Model]


def serve(connection: socket.socket, pack: Pack) -> None:
    """Answer requests until the other end closes."""
    gone = suppress(BrokenPipeError, ConnectionResetError)  # who asked was killed, and waits for no answer
    with connection, gone, connection.makefile("rb") as requests:
        for line in requests:
            connection.sendall(answer(line, pack).model_dump_json().encode() + b"\n")


def answer(line: bytes, pack: Pack) -> Answer:
    """Do what one request asks; every failure of an action becomes an answer."""
    request = request_of(line)
    try:
        done = Answer(value=_do(request, pack))
        done.model_dump_json()  # raises where an action gave what nobody can be told
        return done
    except Retryable as error:
        return Answer(failure=Failure.RETRYABLE, reason=str(error))
    except ForeignChange as error:
        return Answer(failure=Failure.FOREIGN, reason=str(error))
    except Fatal as error:
        return Answer(failure=Failure.FATAL, reason=str(error))
    except Exception as error:  # noqa: BLE001  an action is anyone's code; the runner hears of it
        # What nobody thought of may pass: an injection is not tried again, an undo is.
        failure = Failure.RETRYABLE if isinstance(request, TakeBack) else Failure.FATAL
        return Answer(failure=failure, reason=f"{type(error).__name__}: {error}")


def _do(request: Request, pack: Pack) -> Any:
    if isinstance(request, Prepare):
        action = _action(pack, request.action, request.arguments, request.target)
        state: Model = action.prepare(request.target, request.lease)
        return state.model_dump(mode="json", by_alias=True)
    if isinstance(request, StillNeeded | EndsByItself):
        return _of_precaution(request, pack)
    action, target, state = _parts(request.undo, pack)
    match request:
        case Apply():
            with fence.within(request.fence):
                return action.apply(target, state)
        case CheckEffect():
            return action.has_effect(target, state) if isinstance(action, TakesEffect) else None
        case IsUndone():
            return action.is_undone(target, state)
        case TakeBack():
            return _take_back(action, target, state, look_before=request.look_before)


def _of_precaution(request: StillNeeded | EndsByItself, pack: Pack) -> str:
    action, target, state = _parts(request.undo, pack)
    assert isinstance(action, Precaution)
    if isinstance(request, StillNeeded):
        return action.still_needed(target, state)
    return action.ends_by_itself(state)


def _take_back(
    action: Action[Any, Any], target: BaseTarget, state: Model, *, look_before: bool
) -> list[bool]:
    if action.unseen:
        action.undo(target, state)
        return [False, True]
    with just_read.shared_look() as look:
        before = look_before and action.is_undone(target, state)
        look.is_over = True
        action.undo(target, state)
    return [before, before if action.cannot_be_undone else action.is_undone(target, state)]


def _parts(undo: Undo, pack: Pack) -> _Parts:
    action = _action(pack, undo.action, undo.arguments, undo.target)
    return action, undo.target, action.state_model().model_validate(restored(undo.state, os.environ))


def _action(pack: Pack, name: str, arguments: Mapping[str, Any], target: BaseTarget) -> Action[Any, Any]:
    if name in OWN_UNDOS:
        return OWN_UNDOS[name].model_validate(dict(arguments))
    if name not in pack.actions:
        raise Fatal(f"there is no action {name!r} in {', '.join(map(str, pack.roots))}")
    action = pack.actions[name].model_validate(resolve_environment(dict(arguments), os.environ))
    if not isinstance(target, KubernetesTarget):
        return action
    from seatrial.kubefaults.in_pod import placed

    return placed(action, target.kind)
