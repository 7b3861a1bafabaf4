"""The plan of a Chaos Toolkit experiment: every activity that it may run, and what takes each back."""

import json
from collections.abc import Iterator

from seatrial.files.node import Path as Way
from seatrial.journal.script_entries import Section
from seatrial.plan.plan import Plan, PlannedFault, PlannedTarget, Script
from seatrial.targets.target import ActivityTarget
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.inverse import row_of
from seatrial.toolkit.inverse_table import Row
from seatrial.toolkit.provider import PythonProvider
from seatrial.toolkit.reading import ToolkitFile


def script_of(file: ToolkitFile) -> Script:
    """Strategies: of the command line before those of the file before those of the settings."""
    options, runtime = file.options, file.runtime
    return Script(
        hypothesis=options.hypothesis_strategy or runtime.hypothesis.strategy,
        frequency_s=options.hypothesis_frequency_s,
        fail_fast=options.fail_fast,
        rollbacks=options.rollback_strategy or runtime.rollbacks.strategy,
        dry=options.dry or "",
        probes=tuple(probe.name for probe in file.document.activities(Section.BEFORE)),
    )


def plan_of(file: ToolkitFile) -> Plan:
    """All that it may do; touches nothing."""
    script = script_of(file)
    faults = tuple(_faults(file))
    return Plan(
        experiment=file.masked,
        file=str(file.path),
        file_sha256=file.sha256,
        seed=0,
        baseline_s=0.0,
        fault_s=0.0,
        recovery_s=0.0,
        faults=faults,
        blast=None,
        slis=(),
        samples=(),
        guards=(),
        script=script,
        load="",
        interval_s=script.frequency_s,
        settle_s=0.0,
        guard_false_stop=0.0,
        warnings=tuple(text for _, text in doubts_of(file, script)),
    )


def known_row(activity: Activity) -> Row | None:
    """What is known of an action's inverse."""
    provider = activity.provider
    if activity.type != "action" or not isinstance(provider, PythonProvider):
        return None
    return row_of(provider.module, provider.func)


def wants_rollbacks(file: ToolkitFile, script: Script) -> bool:
    """Whether what the method does is to be taken back."""
    return script.rollbacks != "never" and not file.options.leaves_out_actions


def needs_guardian(file: ToolkitFile, script: Script) -> bool:
    """Whether there is anything that could take something back."""
    document = file.document
    inverses = any(known_row(one) is not None for one in document.activities(Section.METHOD))
    return wants_rollbacks(file, script) and bool(document.rollbacks or inverses)


def fault_of(file: ToolkitFile, section: Section, index: int) -> str:
    """The id under which a rollback, or an action of the method, stands in plan and journal."""
    number = index if section is Section.ROLLBACK else len(file.document.rollbacks) + index
    return f"f{number}.t0"


def _faults(file: ToolkitFile) -> Iterator[PlannedFault]:
    document = file.document
    for index, rollback in enumerate(document.activities(Section.ROLLBACK)):
        undo = f"{rollback.what}, the file's own rollback"
        yield _fault(index, "rollback", f"what rollback `{rollback.name}` takes back", rollback, undo)
    by_file = "the file's rollbacks" if document.rollbacks else "nothing takes it back"
    for number, action in enumerate(document.activities(Section.METHOD), len(document.rollbacks)):
        if action.type == "action":
            row = known_row(action)
            yield _fault(number, "inverse", f"`{action.name}`", action, row.undo if row else by_file)


def _fault(index: int, undone_by: str, label: str, activity: Activity, undo: str) -> PlannedFault:
    arguments = json.dumps(activity.document["provider"], sort_keys=True)
    target = ActivityTarget(name=label, what=activity.what, arguments=arguments)
    return PlannedFault(
        index=index,
        action=undone_by,
        arguments={},
        population=1,
        targets=(PlannedTarget(id=f"f{index}.t0", target=target, stage=0),),
        stages=(1,),
        starts_at_s=0.0,
        hold_s=0.0,
        irreversible=False,
        undo=undo,
    )


def doubts_of(file: ToolkitFile, script: Script) -> Iterator[tuple[Way, str]]:
    """What its author should know, and the way to its place in the file."""
    document = file.document
    if script.rollbacks == "never":
        yield (), "rollback strategy `never`: whatever the method does stays, as it asks for"
    for index, action in enumerate(document.activities(Section.METHOD)):
        if action.type == "action" and not document.rollbacks and known_row(action) is None:
            lost = "has neither a known inverse nor a declared rollback: nothing takes it back"
            yield ("method", index), f"the action `{action.name}` ({action.what}) {lost}"
    if script.hypothesis == "skip" or not script.probes:
        yield (), "there is no steady-state hypothesis to check: the run can prove nothing"
    elif script.hypothesis == "before-method-only":
        yield (), "the hypothesis is checked before the method only: nothing is proven of its faults"
