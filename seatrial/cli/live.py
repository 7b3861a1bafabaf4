"""The live view in a terminal: phase and time left, every SLI against its objective, faults, load."""

from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from seatrial.cli.event_line import event_line
from seatrial.journal import entries as journal
from seatrial.journal.entries import Phase
from seatrial.journal.tick import Tick
from seatrial.load.second import LoadSecond
from seatrial.model.objective import Objective, Unit, format_value
from seatrial.model.units import format_duration
from seatrial.plan.plan import Plan, PlannedSli
from seatrial.reading import Latency, Ratio, Reading, Unknown
from seatrial.record import SliSeries

_REFRESH_PER_S = 4
_EVENTS_SHOWN = 6
_SPARKS = "▁▂▃▄▅▆▇█"
_SPARKS_SHOWN = 30


class LiveProgress:
    """Redrawn a few times a second; where the terminal goes away the run goes on."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._series = {sli.name: SliSeries(sli, ()) for sli in plan.slis}
        self._readings: dict[str, list[Reading]] = {sli.name: [] for sli in plan.slis}
        self._phase = Phase.PREFLIGHT
        self._phase_began_s = self._now_s = 0.0
        self._in_place: set[str] = set()
        self._second: LoadSecond | None = None
        self._events: list[str] = []
        self._console = Console(stderr=True)
        self._live = Live(
            get_renderable=self._render,
            console=self._console,
            refresh_per_second=_REFRESH_PER_S,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._live.stop()
        except OSError:
            return  # the terminal is gone

    def take(self, t_s: float, entry: journal.Entry) -> None:
        """Remember what the next redraw shows."""
        self._now_s = t_s
        match entry:
            case journal.PhaseStarted():
                self._phase, self._phase_began_s = entry.phase, t_s
            case Tick():
                for name, reading in entry.readings.items():
                    if name in self._readings:
                        self._readings[name] = [*self._readings[name], reading][-_SPARKS_SHOWN:]
            case journal.Loaded():
                self._second = entry.second
            case journal.Applied():
                self._in_place.add(entry.id)
            case journal.Undone():
                self._in_place.discard(entry.id)
        text = event_line(self._plan, entry)
        if text:
            self._events.append(f"{t_s:7.1f} s  {text}")

    def _render(self) -> RenderableType:
        return Group(
            Text(self._plan.title, style="bold", no_wrap=True, overflow="ellipsis"),
            self._phase_line(),
            self._slis(),
            self._load_line(),
            *(
                Text(line, style="dim", no_wrap=True, overflow="ellipsis")
                for line in self._events[-_EVENTS_SHOWN:]
            ),
        )

    def _phase_line(self) -> Table:
        longest_s = {
            Phase.BASELINE: self._plan.baseline_s,
            Phase.FAULT: self._plan.fault_s,
            Phase.RECOVERY: self._plan.recovery_s,
        }.get(self._phase, 0.0)
        gone_s = min(self._now_s - self._phase_began_s, longest_s)
        left = f"{format_duration(round(longest_s - gone_s))} left" if longest_s else ""
        line = Table.grid(padding=(0, 2))
        color = {Phase.FAULT: "red", Phase.UNDO: "yellow"}.get(self._phase, "cyan")
        count = len(self._in_place)
        faults = f"{count} fault{'s' if count != 1 else ''} in place" if count else "no fault in place"
        line.add_row(
            Text(self._phase.upper(), style=f"bold {color}"),
            ProgressBar(total=longest_s or 1.0, completed=gone_s, width=30),
            Text(left),
            Text(faults, style="red" if count else "dim"),
        )
        return line

    def _slis(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for name, series in self._series.items():
            objective = series.spec.under_fault if self._phase is Phase.FAULT else series.spec.objective
            table.add_row(name, *_sli_cells(series, self._readings[name], objective))
        return table

    def _load_line(self) -> Text:
        second = self._second
        if second is None:
            return Text(f"load {self._plan.load or 'none'}", style="dim")
        ended = sum(one.total for one in second.requests.values())
        failed = sum(one.failed for one in second.requests.values())
        text = f"load {ended}/s, {failed} failed, {second.in_flight} in flight"
        return Text(f"{text}, {second.dropped} DROPPED" if second.dropped else text, style="dim")


def _sli_cells(series: SliSeries, readings: list[Reading], objective: Objective) -> list[RenderableType]:
    if not readings:
        return [Text("-"), Text(objective.text, style="dim"), Text("")]
    latest = readings[-1]
    if isinstance(latest, Unknown):
        shown = Text(f"unknown: {latest.reason}"[:40], style="yellow")
    else:
        shown = _value(series, latest, objective)
    return [shown, Text(objective.text, style="dim"), Text(_sparkline(series, readings), style="cyan")]


def _value(series: SliSeries, reading: Reading, objective: Objective) -> Text:
    value = series.value(reading)
    met = None if objective.relative else objective.holds(value)
    style = {True: "green", False: "red", None: ""}[met]
    return Text(format_value(value, _unit(series.spec, reading)), style=style)


def _unit(spec: PlannedSli, reading: Reading) -> Unit:
    if isinstance(reading, Ratio):
        return Unit.SHARE
    if isinstance(reading, Latency):
        return Unit.MILLISECONDS
    return Unit(spec.unit) if spec.unit in set(Unit) else Unit.NONE


def _sparkline(series: SliSeries, readings: list[Reading]) -> str:
    """The latest readings as a line of blocks, a gap where one is unknown."""
    values = [series.value(reading) for reading in readings]
    numbers = [float(v) for v in values if isinstance(v, int | float)]
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    step = (high - low) / (len(_SPARKS) - 1) or 1.0
    return "".join(
        _SPARKS[round((float(v) - low) / step)] if isinstance(v, int | float) else " " for v in values
    )
