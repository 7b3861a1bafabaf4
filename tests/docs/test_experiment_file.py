"""docs/reference/experiment-file.md is true of the models: every key, whether it is needed, its default."""

import re
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from seatrial.model.alert import Alert
from seatrial.model.assembled import experiment_model
from seatrial.model.experiment import BlastRadius, Budget, Experiment
from seatrial.model.fault import Fault
from seatrial.model.load import Load, Request, Step, Workers
from seatrial.model.sli import Sli
from seatrial.pack import load_packs
from seatrial.prometheus.alertmanager import AlertmanagerServer
from seatrial.prometheus.server import PrometheusServer
from seatrial.targets.kubernetes import KubernetesSelector
from seatrial.targets.selector import EndpointSelector, ProcessSelector, ResourceSelector, Selector
from seatrial.telling.destinations import Telling
from tests.docs.pages import page, rows, section

SECTIONS: dict[str, type[BaseModel]] = {
    "The experiment": Experiment,
    "Prometheus": PrometheusServer,
    "An SLI": Sli,
    "Budget": Budget,
    "Alerts": Alert,
    "Alertmanager": AlertmanagerServer,
    "Tell": Telling,
    "A fault": Fault,
    "Targets": Selector,
    "Blast radius": BlastRadius,
    "Load": Load,
    "A request": Request,
    "A step": Step,
    "Workers": Workers,
}
NESTED = {"Targets": (ProcessSelector, EndpointSelector, ResourceSelector, KubernetesSelector)}
ASSEMBLED = {
    "The experiment": {"silence"},
    "An SLI": {
        "load",
        "http",
        "tcp",
        "process",
        "openmetrics",
        "prometheus",
        "slo",
        "kubernetes",
        "kubernetes_usage",
        "chaostoolkit",
    },
    "A fault": {"with"},
}
"""Keys that the packs bring."""
DRAWN = {"seed", "at", "under_fault", "spawn_rate", "name", "expect_status", "to", "user_classes"}
"""Without a value they follow from something else, which the page says in words."""


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def own_rows(heading: str) -> dict[str, list[str]]:
    """The tables of a section, without those of the sections below it."""
    return rows(
        re.split(r"^#+ ", section(page("reference/experiment-file.md"), heading), flags=re.MULTILINE)[0]
    )


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_explained_and_none_is_made_up(heading: str) -> None:
    models = (SECTIONS[heading], *NESTED.get(heading, ()))
    keys = {key for model in models for key in keys_of(model)} | ASSEMBLED.get(heading, set())
    assert set(own_rows(heading)) == keys


def test_the_keys_of_the_packs_are_those() -> None:
    model = experiment_model(load_packs())
    assert ASSEMBLED["An SLI"] == set(load_packs().probes)
    assert ASSEMBLED["The experiment"] == set(model.precaution_names)
    assert {"slis", "faults"} <= set(model.model_fields)


def written(value: Any, field: FieldInfo) -> set[str]:
    """A default as a page may write it."""
    from seatrial.model.units import format_duration, format_share

    if isinstance(value, bool):
        return {f"`{str(value).lower()}`"}
    if isinstance(value, float):
        return {f"`{format_duration(value)}`", f"`{value:g} s`", f"`{format_share(value).replace(' ', '')}`"}
    if isinstance(value, tuple):
        return {f"`[{', '.join(map(str, value))}]`"}
    return {f"`{value}`"} if not isinstance(value, BaseModel) else {f"`{value.bad} of {value.of}`"}  # type: ignore[attr-defined]


def untrue_defaults(model: type[BaseModel], told: dict[str, list[str]]) -> list[str]:
    """Keys whose row does not say that they are needed, or what they are without."""
    wrong = []
    for key, field in keys_of(model).items():
        says = told[key][1]
        default = field.get_default(call_default_factory=True, validated_data={})
        if field.is_required():
            right = says == "needed"
        elif key in DRAWN or default in (None, "", (), {}):
            right = says != "needed" and not re.match(r"`[\d.]", says)
        else:
            right = says in written(default, field)
        if not right:
            wrong.append(f"{key}: {says!r}, but it is {'needed' if field.is_required() else default!r}")
    return wrong


WITH_DEFAULTS = [heading for heading in SECTIONS if heading != "Targets"]


@pytest.mark.parametrize("heading", WITH_DEFAULTS)
def test_defaults_are_those_of_the_models(heading: str) -> None:
    assert untrue_defaults(SECTIONS[heading], own_rows(heading)) == []


def test_an_untrue_default_is_found() -> None:
    told = own_rows("Workers") | {"port": ["whole number", "`5558`", ""], "namespace": ["", "`1`", ""]}
    assert [line.split(":")[0] for line in untrue_defaults(Workers, told)] == ["namespace", "port"]
