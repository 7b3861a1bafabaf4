"""Where Seatrial deliberately differs from the Chaos Toolkit: told in the docs, and at run time."""

from collections.abc import Iterator, Mapping
from typing import Final

from seatrial.journal.entries import StopKind
from seatrial.journal.script_entries import Section
from seatrial.record import RunRecord

DIFFERENCES: Final = {
    "rollbacks-always": "rollbacks run on every way out once the method has begun; the Chaos Toolkit's "
    "`default` skips them after a failure or an interruption",
    "no-rollback-without-method": "the method never began, so no rollback ran",
    "rollback-tried-again": "a rollback that failed stopped none of the others, was tried again, and counts",
    "undo-derived": "an action with a known inverse was taken back, beside whatever rollbacks there are",
    "every-check-counts": "each check while the method runs counts, also one that is followed by good ones",
    "fail-fast-at-once": "the failing check cut the method short; the hypothesis was not checked again",
    "raising-is-unknown": "a probe that fails or raises is unknown: neither a crash nor a deviation",
    "gate-is-inconclusive": "the hypothesis did not hold before the method: nothing is proven",
    "float-tolerance": "a tolerance that is a float is compared; the Chaos Toolkit refuses the file",
    "nothing-to-judge": "without a hypothesis checked under the faults nothing is proven",
    "failing-action-counts": "an action that failed makes the run inconclusive",
    "dry-proves-nothing": "a dry run is inconclusive",
}


def differences_of(record: RunRecord) -> list[str]:
    """The names of those that made this run, or what is said of it, another than `chaos run` would have."""
    return [name for name, applies in _applying(record) if applies]


def _applying(record: RunRecord) -> Iterator[tuple[str, bool]]:
    script, ended, stop = record.plan.script, record.script_ended, record.stop
    assert script is not None
    sections = {performed.section for _, performed in record.performed}
    is_undone = Section.ROLLBACK in sections
    rollbacks = bool(record.plan.experiment.get("rollbacks"))
    stopped = stop[1].why if stop is not None else None
    yield (
        "rollbacks-always",
        is_undone
        and script.rollbacks == "default"
        and ended is not None
        and ended.status
        in (
            "failed",
            "interrupted",
        ),
    )
    yield "no-rollback-without-method", rollbacks and stopped is StopKind.BASELINE and not is_undone
    failed = [p for _, p in record.performed if p.run.get("status") != "succeeded"]
    yield "rollback-tried-again", any(p.section is Section.ROLLBACK for p in failed)
    yield "undo-derived", any(f.fault.action == "inverse" and f.undo is not None for f in record.faults)
    during = [check.met for _, check in record.checks if check.section is Section.DURING]
    after = [check.met for _, check in record.checks if check.section is Section.AFTER]
    yield "every-check-counts", any(met is not True for met in during) and after != [False]
    yield "fail-fast-at-once", stopped is StopKind.GUARD
    yield "raising-is-unknown", any(check.met is None for _, check in record.checks)
    yield "gate-is-inconclusive", stopped is StopKind.BASELINE
    yield "float-tolerance", any(isinstance(tolerance, float) for tolerance in _tolerances(record))
    yield "nothing-to-judge", not during and not after and stopped is None
    yield "failing-action-counts", any(p.section is Section.METHOD and _is_action(p.run) for p in failed)
    yield "dry-proves-nothing", bool(script.dry)


def _is_action(run: Mapping[str, object]) -> bool:
    activity = run.get("activity")
    return isinstance(activity, dict) and activity.get("type") == "action"


def _tolerances(record: RunRecord) -> Iterator[object]:
    hypothesis = record.plan.experiment.get("steady-state-hypothesis")
    probes = hypothesis.get("probes") if isinstance(hypothesis, dict) else None
    for probe in probes if isinstance(probes, list) else ():
        yield probe.get("tolerance") if isinstance(probe, dict) else None
