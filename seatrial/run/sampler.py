"""Reading every SLI every interval, none waiting for another, each bounded by its timeout."""

import math
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio

from seatrial.errors import StoreError
from seatrial.journal.entries import Loaded
from seatrial.journal.tick import Tick
from seatrial.journal.writer import JournalWriter
from seatrial.load.second import LoadSecond
from seatrial.model.experiment import Experiment
from seatrial.model.sli import Sli
from seatrial.probe import FromLoad, SparseReader
from seatrial.reading import Reading, Unknown, Value, sound
from seatrial.record import Point

OnReading = Callable[[str, Point], None]


class Sampler:
    """Feeds readings to whoever listens, and to the journal. Use `open_sampler`."""

    def __init__(
        self,
        experiment: Experiment,
        readers: Mapping[str, SparseReader],
        journal: JournalWriter,
        on_reading: OnReading,
        beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
    ) -> None:
        self._slis = experiment.signals
        self._interval_s = experiment.interval
        self._readers = readers
        self._journal = journal
        self._on_reading = on_reading
        self._beside = beside
        self._busy: set[str] = set()

    async def run(self) -> None:
        """Read until cancelled, at fixed times: a slow reading does not move the next."""
        if not self._readers and not self._beside:
            return
        due_s = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            for watch in self._beside:
                tasks.start_soon(watch)
            while True:
                for name in self._readers:
                    if name not in self._busy:
                        self._busy.add(name)
                        tasks.start_soon(self._read, name)
                late_s = anyio.current_time() - due_s
                due_s += self._interval_s * max(1, math.ceil(late_s / self._interval_s))
                await anyio.sleep_until(due_s)

    async def _read(self, name: str) -> None:
        try:
            reading = await read_once(self._readers[name], self._slis[name])
        finally:
            self._busy.discard(name)
        if reading is None:
            return
        # A value is of this moment; events happened since the reading before.
        age_s, span_s = 0.0, self._interval_s
        if reading.observed is not None:
            age_s, span_s = reading.observed.age_s, reading.observed.span_s
        span_s = 0.0 if isinstance(reading, Value) else span_s
        self._take({name: reading}, self._journal.now_s - age_s, span_s=span_s)

    def take_load(self, second: LoadSecond, end_s: float) -> None:
        """One second of load: written down, and read by every SLI that speaks of it."""
        self._journal.append_if_possible(Loaded(second=second))
        readings = {
            name: _of_load(sli.probe, second)
            for name, sli in self._slis.items()
            if isinstance(sli.probe, FromLoad)
        }
        if readings:
            self._take(readings, end_s, span_s=1.0)

    def _take(self, readings: Mapping[str, Reading], end_s: float, *, span_s: float) -> None:
        """On disk with the very times by which the run goes on, so that judging it again says the same."""
        end_s = round(end_s, 4)
        self._journal.append_if_possible(Tick(span_s=span_s, end_s=end_s, readings=dict(readings)))
        for name, reading in readings.items():
            self._on_reading(name, Point(end_s - span_s, end_s, reading))


async def read_once(reader: SparseReader, sli: Sli) -> Reading | None:
    """One reading within the SLI's timeout; whatever goes wrong, it is unknown and never a pass.

    None where the probe has nothing new to say.
    """
    try:
        with anyio.fail_after(sli.timeout):
            reading = await reader()
            return sound(reading) if reading is not None else None
    except TimeoutError:
        return Unknown(reason=f"no answer within {sli.timeout:g} s")
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001  a probe is anyone's code: unknown, not a crash
        return _failed(error)


def _of_load(probe: FromLoad, second: LoadSecond) -> Reading:
    try:
        return sound(probe.of(second))
    except Exception as error:  # noqa: BLE001  as above
        return _failed(error)


def _failed(error: Exception) -> Unknown:
    return Unknown(reason=f"the probe failed: {type(error).__name__}: {error}"[:500])


@asynccontextmanager
async def open_sampler(
    experiment: Experiment, journal: JournalWriter, on_reading: OnReading
) -> AsyncIterator[Sampler]:
    """Opens what the probes need (connections, memories) for the whole run."""
    async with AsyncExitStack() as stack:
        readers = {
            name: await stack.enter_async_context(sli.probe.reader())
            for name, sli in experiment.signals.items()
            if not isinstance(sli.probe, FromLoad)
        }
        watches: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
        if experiment.alerts:
            from seatrial.run.alert_watch import open_watches

            watches = await stack.enter_async_context(open_watches(experiment, journal))
        yield Sampler(experiment, readers, journal, on_reading, watches)
