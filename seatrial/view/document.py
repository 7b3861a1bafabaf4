"""The whole evidence as data: what the JSON report is, and its schema.

Series are columns, lists of equal length, as data frames want them. Times are seconds since the run began.
"""

import json
import sys
from typing import Final, Literal

from seatrial.journal.entries import GuardBreached, Phase, Recovered, StopKind, UndoResult
from seatrial.model.record import Record
from seatrial.plan.plan import Plan
from seatrial.reading import Scalar
from seatrial.verdict.verdict import ObjectiveVerdict, Outcome
from seatrial.view.budget import BudgetPart

SCHEMA: Final = "seatrial.report/1"


class RunPart(Record):
    """Which run this is, and where it was."""

    id: str
    began_at: str
    """Wall clock, ISO 8601 with zone."""
    duration_s: float
    versions: dict[str, str]
    host: dict[str, str]
    packs: tuple[str, ...]
    plan_sha256: str
    torn_bytes: int
    """Bytes that a crash cut from the journal's last line."""


class VerdictPart(Record):
    """What is said of the run."""

    outcome: Outcome
    exit_code: int
    headline: str
    reasons: tuple[str, ...]
    next_steps: tuple[str, ...]
    limits: tuple[str, ...]
    """Limits of the evidence."""


class PhasePart(Record):
    """When a phase was."""

    phase: Phase
    begin_s: float
    end_s: float


class UnknownPart(Record):
    """A reading that saw nothing."""

    index: int
    """Which one, from 0."""
    reason: str


class SliPart(Record):
    """All readings of one SLI."""

    name: str
    unit: str
    """Of `value`: `%` stands for a share from 0 to 1."""
    begin_s: tuple[float, ...]
    end_s: tuple[float, ...]
    value: tuple[Scalar, ...]
    """Null where it is unknown."""
    events: tuple[int | None, ...]
    """How many events, or durations, the reading counts; null for values and where it is unknown."""
    bad: tuple[int | None, ...]
    """How many of them surely were bad; null for all but ratios."""
    unsure: tuple[int | None, ...]
    """Of how many nobody can say whether they were; null for all but ratios."""
    unobserved: tuple[int, ...]
    """About how many more events nobody saw."""
    sources: tuple[str, ...]
    """Who was seen by whom, where somebody else's samples were read; each answer once."""
    unknown: tuple[UnknownPart, ...]
    histograms: dict[Phase, str]
    """For latencies: all durations of a judged phase, as an HdrHistogram (V2, compressed, base64; in us)."""


class TargetPart(Record):
    """One fault on one target."""

    id: str
    label: str
    identity: str
    stage: int
    intended_s: float | None
    applied_s: float | None
    failure: str
    """Why it could not be injected; empty when it was."""
    effect_seen: bool | None
    undone_s: float | None
    undo_result: UndoResult | None
    undo_by: str
    undo_attempts: int
    undo_took_s: float | None
    """From the decision to undo until it was verified."""
    undo_reason: str
    open: bool
    """True where the fault may still be there."""


class FaultPart(Record):
    """One fault of the experiment; `plan.faults` has what was planned, at the same place."""

    action: str
    targets: tuple[TargetPart, ...]


class BlastPart(Record):
    """One measure of the blast radius, in words."""

    what: str
    planned: str
    actual: str
    allowed: str
    within: bool


class BreachPart(Record):
    """A guard that broke."""

    t_s: float
    breach: GuardBreached


class StopPart(Record):
    """Why the run ended early."""

    t_s: float
    why: StopKind
    reason: str


class LoadPart(Record):
    """The load, second by second, and its sums."""

    t_s: tuple[float, ...]
    """When the second was reported."""
    scheduled: tuple[int, ...]
    ended: tuple[int, ...]
    failed: tuple[int, ...]
    dropped: tuple[int, ...]
    in_flight: tuple[int, ...]
    users: tuple[int, ...]
    cpu_share: tuple[float, ...]
    lag_ms: tuple[float, ...]
    ended_by_name: dict[str, int]
    failed_by_name: dict[str, int]
    errors: dict[str, int]
    """Failures by kind."""
    generator_limit: str
    """Why these figures do not stand for the system; empty where they do."""


class EventPart(Record):
    """A line of the run's story."""

    t_s: float
    kind: str
    text: str


class ReportDocument(Record, rename={"schema_": "schema"}):
    """A run with its verdict and everything that it rests on."""

    schema_: Literal["seatrial.report/1"] = SCHEMA
    run: RunPart
    verdict: VerdictPart
    objectives: tuple[ObjectiveVerdict, ...]
    phases: tuple[PhasePart, ...]
    faults: tuple[FaultPart, ...]
    blast_radius: tuple[BlastPart, ...]
    breaches: tuple[BreachPart, ...]
    stop: StopPart | None
    recovered: Recovered | None
    load: LoadPart | None
    slis: tuple[SliPart, ...]
    requires: tuple[SliPart, ...]
    """Signals of the environment."""
    events: tuple[EventPart, ...]
    budget: BudgetPart | None = None
    """What it took of an error budget; null where the experiment has none."""
    plan: Plan


def report_schema() -> dict[str, object]:
    """The JSON Schema of the JSON report."""
    from seatrial.model.record_schema import record_schema

    schema = record_schema(ReportDocument)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **schema}


if __name__ == "__main__":  # python -m seatrial.view.document > docs/reference/report.schema.json
    sys.stdout.write(json.dumps(report_schema(), indent=2) + "\n")
