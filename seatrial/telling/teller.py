"""Tells others of a run, beside it: bounded in time, and what fails is told once, and to the run itself."""

import datetime
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio

from seatrial.errors import SeatrialError
from seatrial.files.variables import resolve_environment
from seatrial.journal.entries import Entry, RunStarted
from seatrial.journal.line import Line
from seatrial.journal.reader import Journal
from seatrial.net.fetch import fetch
from seatrial.net.reasons import Unanswered
from seatrial.telling import otlp, remote_write
from seatrial.telling.annotation import annotate
from seatrial.telling.destinations import Grafana, Otlp, RemoteWrite, Telling
from seatrial.telling.state import RunState, Sample

if TYPE_CHECKING:
    import httpx

END_S: Final = 3.0
"""How long a run waits at its end for those who are told of it."""
_PAUSE_S: Final = 0.2
_ANSWER_BYTES_MAX: Final = 1024 * 1024


Destination = Otlp | RemoteWrite | Grafana
Encoded = Callable[[Iterable[Sample], str, int], bytes]


class NotTold(Exception):
    """Why somebody could not be told, in words without address and secret."""


@dataclass
class Teller:
    """Tells what the state is, every now and then and whenever it changes."""

    telling: Telling
    state: RunState
    note: Callable[[str], None]
    """Called once for each who cannot be told."""
    _changes: int = 0
    _news: anyio.Event = field(default_factory=anyio.Event)
    _done: anyio.Event = field(default_factory=anyio.Event)
    _failing: set[str] = field(default_factory=set)

    def take(self, t_s: float, entry: Entry) -> None:
        """An entry of the journal."""
        if self.state.take(t_s, entry):
            self._changes += 1
            self._news.set()
            self._news = anyio.Event()

    async def run(self) -> None:
        """Until the run is over and everybody knows, or cancelled."""
        told = self.telling
        given: list[Destination | None] = [told.otlp, told.remote_write, told.grafana]
        there = [destination for destination in given if destination is not None]
        async with anyio.create_task_group() as tasks:
            for destination in there:
                tasks.start_soon(self._follow, destination)
        self._done.set()

    async def finish(self) -> None:
        """Wait for the last words, and not for long; after the run's end."""
        with anyio.move_on_after(END_S) as waited:
            await self._done.wait()
        if waited.cancelled_caught:
            self.note(f"not everybody could be told of the end of this run within {END_S:g} s")

    async def _follow(self, to: Destination) -> None:
        try:
            async with to.client(to.url, content_type="application/json") as http:
                while True:
                    seen, is_last = self._changes, self.state.ended is not None
                    await self._tell(to, http)
                    if is_last:
                        return
                    await anyio.sleep(_PAUSE_S)
                    with anyio.move_on_after(self.telling.every):
                        while self._changes == seen:
                            await self._news.wait()
        except SeatrialError as error:  # certificates that cannot be used
            self._note_once(to, error.message)

    async def _tell(self, to: Destination, http: "httpx.AsyncClient") -> None:
        try:
            await self._say(to, http)
        except NotTold as why:
            self._note_once(to, str(why))
        except Exception as error:  # noqa: BLE001  what others answer must not be able to end a run
            self._note_once(to, f"{type(error).__name__}: {error}")
        else:
            self._failing.discard(to.name)

    async def _say(self, to: Destination, http: "httpx.AsyncClient") -> None:
        ask = partial(_ask, to, http)
        match to:
            case Otlp():
                await ask("POST", "/v1/metrics", self._encoded(otlp.encoded))
            case RemoteWrite():
                http.headers.update(remote_write.HEADERS)
                await ask("POST", "", self._encoded(remote_write.encoded))
            case Grafana():
                await annotate(to, self.state, ask)

    def _encoded(self, encoded: Encoded) -> bytes:
        now_ms = round(datetime.datetime.now(datetime.UTC).timestamp() * 1000)
        return encoded(self.state.samples(), socket.gethostname(), now_ms)

    def _note_once(self, to: Destination, why: str) -> None:
        if to.name not in self._failing:
            self._failing.add(to.name)
            for secret in to.secrets():
                why = why.replace(secret, "…")
            self.note(f"{to.name} is not told of this run: {why}")


async def _ask(
    to: Destination, http: "httpx.AsyncClient", method: str, path: str, body: bytes | None
) -> bytes:
    try:
        answer = await fetch(
            http,
            f"{to.url.rstrip('/')}{path}",
            method=method,
            content=body,
            timeout_s=to.timeout,
            bytes_max=_ANSWER_BYTES_MAX,
        )
    except Unanswered as why:
        raise NotTold(str(why)) from None
    except OSError as error:
        raise NotTold(error.strerror or str(error)) from None
    if answer.status >= 300:
        said = " ".join(answer.content.decode(errors="replace").split())[:200]
        raise NotTold(f"it answered {answer.status}: {said}" if said else f"it answered {answer.status}")
    return answer.content


def teller_of(
    telling: Telling, started: RunStarted, note: Callable[[str], None], entries: Iterable[Line] = ()
) -> Teller:
    """For a run that has come so far."""
    teller = Teller(telling, RunState.of(started, telling.labels), note)
    for line in entries:
        teller.take(line.t_s, line.entry)
    return teller


async def tell_the_end(journal: Journal, note: Callable[[str], None]) -> None:
    """What somebody tells who ended a run that was another's; raises nothing."""
    masked = journal.started.plan.experiment.get("tell")
    if not isinstance(masked, dict):
        return
    try:
        telling = Telling.model_validate(resolve_environment(masked, os.environ))
    except (ValueError, SeatrialError) as error:
        note(f"nobody is told of the end of this run: {error}")
        return
    with anyio.move_on_after(END_S):
        await teller_of(telling, journal.started, note, journal.lines).run()
