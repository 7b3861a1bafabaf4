"""A run as any report tells it: every word, number and picture, made from its record alone."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from shlex import quote
from typing import TYPE_CHECKING

import msgspec

from seatrial.model.units import format_duration
from seatrial.plan.plan import named
from seatrial.record import Event, RunRecord
from seatrial.verdict.verdict import Verdict
from seatrial.view import text
from seatrial.view.blast import BlastLine, blast_of
from seatrial.view.budget import BudgetView, budget_view
from seatrial.view.events import events_of
from seatrial.view.faults import FaultView, TargetView, faults_of
from seatrial.view.limits import limits_of
from seatrial.view.load import LoadView
from seatrial.view.load_plots import load_plots
from seatrial.view.plot import Plot
from seatrial.view.scene import Scene
from seatrial.view.sli_plot import plot_of
from seatrial.view.slis import SliView, slis_of
from seatrial.view.timeline import Timeline

if TYPE_CHECKING:  # only the JSON report needs it
    from seatrial.view.document import ReportDocument


class GuardLine(msgspec.Struct, frozen=True):
    """A guard and whether it broke."""

    text: str
    source: str
    broke: str
    """When and why; empty where it did not."""


class RunView(msgspec.Struct, frozen=True, dict=True):
    """What a report is made of."""

    record: RunRecord

    @property
    def verdict(self) -> Verdict:
        return self.record.verdict

    @property
    def word(self) -> str:
        """`Passed`, `Undo incomplete`."""
        return text.outcome_word(self.verdict.outcome)

    @property
    def symbol(self) -> str:
        return text.OUTCOME_SYMBOLS[self.verdict.outcome]

    @property
    def further_reasons(self) -> Sequence[str]:
        """Those that the headline does not tell already."""
        return [reason for reason in self.verdict.reasons if reason not in self.verdict.headline]

    @property
    def title(self) -> str:
        return self.record.plan.title

    def written(self, key: str) -> str:
        """A text of the experiment file: `hypothesis`, `owner`; a list is joined, what is missing empty."""
        value = self.record.plan.experiment.get(key)
        if isinstance(value, list):
            return ", ".join(str(one) for one in value)
        return "" if value is None else str(value)

    @property
    def is_control(self) -> bool:
        """Whether nothing was injected on purpose."""
        return self.record.plan.control

    @property
    def alarm(self) -> str:
        """The first line of every report where a fault may still be there; else empty."""
        count = len(self.record.open_faults)
        if not count:
            return ""
        verb = "is" if count == 1 else "are"
        of = len(self.record.hit)
        return f"Undo incomplete: {count} of {text.counted(of, 'fault')} {verb} not verified as undone."

    @property
    def rollback_command(self) -> str:
        """What finishes the undo by hand."""
        return f"seatrial rollback {quote(self.record.run_id)}"

    @property
    def began(self) -> str:
        """`2026-09-21 14:15:00 UTC`."""
        moment = datetime.fromisoformat(self.record.started.began_at)
        return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()}"

    @cached_property
    def slis(self) -> tuple[SliView, ...]:
        return slis_of(self.record)

    @cached_property
    def requires(self) -> tuple[SliView, ...]:
        """Signals of the environment: they stop a run, and judge nothing."""
        return tuple(SliView(self.record, series) for series in self.record.requires)

    @cached_property
    def faults(self) -> tuple[FaultView, ...]:
        return faults_of(self.record)

    @cached_property
    def load(self) -> LoadView:
        return LoadView(self.record)

    @cached_property
    def blast(self) -> Sequence[BlastLine]:
        return blast_of(self.record)

    @cached_property
    def limits(self) -> Sequence[str]:
        """Limits of the evidence, a sentence each."""
        return limits_of(self.record, (*self.slis, *self.requires), self.load)

    @cached_property
    def events(self) -> Sequence[Event]:
        return events_of(self.record)

    @cached_property
    def scene(self) -> Scene:
        return Scene(self.record)

    @cached_property
    def timeline(self) -> Timeline:
        return Timeline(self.scene, (*self.slis, *self.requires))

    @cached_property
    def plots(self) -> Sequence[Plot]:
        """One for each SLI, in their order, then one for each signal of the environment."""
        shown = (*self.slis, *self.requires)
        return [plot_of(self.scene, sli, number) for number, sli in enumerate(shown, 1)]

    @cached_property
    def load_plots(self) -> Sequence[Plot]:
        return load_plots(self.scene, self.load)

    @property
    def document(self) -> "ReportDocument":
        """All of it as data."""
        from seatrial.view.to_document import document_of

        return document_of(self)

    @property
    def undo_took_s(self) -> float | None:
        """From the decision to undo until the last was verified as gone; None: it is not, or none was."""
        if self.record.open_faults or not self.record.hit:
            return None
        return max((f.undo.took_s for f in self.record.hit if f.undo is not None), default=None)

    @property
    def recovered_after_s(self) -> float | None:
        """Until the last was back, from the end of undo; None where one never was, or nobody looked."""
        recovered = self.record.recovered
        took_s = [None] if recovered is None else recovered.took_s().values()
        return None if None in took_s else max((s for s in took_s if s is not None), default=0.0)

    @property
    def recovery(self) -> str:
        """How long until every SLI and workload was back: `1.8 s`, `latency not within 60 s`."""
        recovered = self.record.recovered
        if recovered is None:
            return "not observed" if self.record.hit else "nothing to recover from"
        late = [name for name, after_s in recovered.took_s().items() if after_s is None]
        if late:
            return f"{text.listed(late)} not within {format_duration(self.record.plan.recovery_s)}"
        return format_duration(self.recovered_after_s or 0.0)

    def facts(self) -> Iterator[tuple[str, str]]:
        """The run in a few numbers: name and value."""
        hit, planned = len(self.record.hit), len(self.record.faults)
        yield "Took", format_duration(self.record.duration_s)
        yield "Faults injected", f"{hit} of {planned}"
        if hit:
            took_s = self.undo_took_s
            yield "All undone in", format_duration(took_s) if took_s is not None else "NOT all undone"
        yield "Back after", self.recovery
        for one in self.record.precautions:
            if one.was_hit:
                yield named(one.fault.action, one.planned.target), TargetView(self.record, one).undone
        if self.load.seconds:
            yield "Requests", f"{self.load.ended:,}"

    @cached_property
    def budget(self) -> BudgetView | None:
        """What it took of an error budget; None where the experiment has none."""
        return budget_view(self.record)

    def guards(self) -> Iterator[GuardLine]:
        """Every guard of the plan, the broken ones among them."""
        broke: dict[str, str] = {}
        for t_s, breach in self.record.breaches:
            broke.setdefault(breach.guard, f"{text.clock(t_s, tenths=True)}: {breach.reason}")
        for spec in self.record.plan.guards:
            yield GuardLine(spec.text, spec.source, broke.pop(spec.text, ""))
        for guard, why in broke.items():  # such as a blind SLI, which no line of the plan speaks of
            yield GuardLine(guard, "built in", why)

    def origins(self) -> Iterator[tuple[str, str]]:
        """Where this comes from, so that it can be checked and repeated: name and value."""
        started, plan = self.record.started, self.record.plan
        yield "Run", self.record.run_id
        yield "Began", self.began
        yield "Owner", self.written("owner") or "nobody named"
        yield "Environment", self.written("environment") or "not named"
        yield "Tags", self.written("tags") or "none"
        yield "Experiment file", plan.file
        yield "SHA-256 of the file", plan.file_sha256
        yield "SHA-256 of the plan", plan.digest
        for sli in plan.slis:
            if (promise := sli.promised) is not None:
                yield f"Objective of {sli.name}", f"{promise.source}, SHA-256 {promise.source.sha256[:12]}"
        yield "Seed", str(plan.seed)
        yield "Versions", ", ".join(f"{name} {version}" for name, version in started.versions.items())
        yield "Host", ", ".join(f"{name} {value}" for name, value in started.host.items())
        yield "Packs", ", ".join(started.packs)
