"""The experiment model of the packs at hand: every probe a key, every action a choice.

Made of real pydantic fields, so that errors have exact places and the JSON Schema, an editor's
completion, knows the packs too.
"""

import functools
from typing import Annotated, Any, Literal, Union, cast

from pydantic import BeforeValidator, Field, create_model

from seatrial.action import Action
from seatrial.model.experiment import Experiment, Name
from seatrial.model.fault import Fault
from seatrial.model.sli import Sli
from seatrial.pack import Pack
from seatrial.precaution import Precaution
from seatrial.probe import Probe


class _ParametrizedFault(Fault):
    """A fault whose `with:` is the model of its action."""

    @property
    def parameters(self) -> Action[Any, Any]:
        action = cast("Action[Any, Any]", self.with_)  # type: ignore[attr-defined]
        if self.targets.kubernetes is None:
            return action
        from seatrial.kubefaults.in_pod import placed

        return placed(action, self.targets.kind)


def experiment_model(pack: Pack) -> type[Experiment]:
    """The model that an experiment file of these packs is parsed with."""
    return _assembled(pack.roots, tuple(pack.probes.values()), tuple(pack.actions.values()))


@functools.cache
def _assembled(
    _roots: object, probes: tuple[type[Probe], ...], actions: tuple[type[Action[Any, Any]], ...]
) -> type[Experiment]:
    sli = _sli_model(probes)
    slis: Any = dict[Name, sli]  # type: ignore[valid-type]
    fields: dict[str, Any] = {
        "slis": (slis, Field(min_length=1)),
        "requires": (slis, Field(default={})),
    }
    precautions = {action.name: action for action in actions if issubclass(action, Precaution)}
    for name, action in precautions.items():
        fields[name] = (tuple[action, ...], Field(default=(), description=action.__doc__))  # type: ignore[valid-type]
    faults = tuple(_fault_model(action) for action in actions if action.name not in precautions)
    if faults:
        one = Annotated[Union[faults], Field(discriminator="action")] if len(faults) > 1 else faults[0]  # noqa: UP007  made at run time, where | has no tuple form
        fields["faults"] = (tuple[one, ...], Field(default=()))  # type: ignore[valid-type]
    model = create_model("Experiment", __base__=Experiment, __doc__=Experiment.__doc__, **fields)
    model.precaution_names = tuple(precautions)
    return model


def _sli_model(probes: tuple[type[Probe], ...]) -> type[Sli]:
    fields: dict[str, Any] = {}
    for probe in probes:
        kind: Any = probe
        if probe.shorthand is not None:
            kind = Annotated[probe, BeforeValidator(functools.partial(_expand, probe.shorthand))]
        fields[probe.name] = (kind | None if kind is probe else (Union[kind, None]), Field(default=None))  # noqa: UP007  made at run time, where | has no tuple form
    model = create_model("Sli", __base__=Sli, __doc__=Sli.__doc__, **fields)
    model.probe_names = tuple(fields)
    return model


def _expand(field: str, value: object) -> object:
    return {field: value} if isinstance(value, str | int | float) else value


def _fault_model(action: type[Action[Any, Any]]) -> type[Fault]:
    needs_parameters = any(field.is_required() for field in action.model_fields.values())
    default: Any = Field(alias="with") if needs_parameters else Field(alias="with", default_factory=action)
    tag: Any = Literal[action.name]
    return create_model(
        f"Fault_{action.name.replace('.', '_')}",
        __base__=_ParametrizedFault,
        __doc__=action.__doc__,
        action=(tag, ...),
        with_=(action, default),
    )
