"""One way through a connection: what one side sends, until the other side takes it.

    source ══▶ feed ──▶ queue ──▶ shapes ──▶ wait ──▶ sink
      ▲                                                │
      └── does not read while the queue is full, or the sink cannot take more

Without a shape nothing waits: what is read is written.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from seatrial.proxy.pieces import Mark, Piece, Shape


class Lane:
    """Bounded: the sender waits as soon as more than `room` bytes are on their way here."""

    def __init__(self, over: Callable[[Mark], None], room: Callable[[], int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = over
        self._room = room
        self._shapes: Sequence[Shape] = ()
        self._queue: deque[Piece] = deque()
        self._queued_bytes = 0
        self._flow: Iterator[Piece] = iter(())
        self._next: Piece | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._held = self._full = self._hurries = self._gone = False
        self.source: asyncio.Transport | None = None
        self.sink: asyncio.Transport | None = None

    def shape(self, shapes: Sequence[Shape], *, hurry: bool) -> None:
        """From now on these; `hurry`: what waits need not wait any more."""
        self._shapes = shapes
        self._hurries = self._hurries or hurry
        self._pump()

    def feed(self, data: bytes | Mark, at_s: float | None = None) -> None:
        """Something has come; `at_s`: it may go on then, and not before."""
        if self._gone:
            return
        if not self._shapes and not self._waits and at_s is None:
            self._deliver(data)
            return
        self._queue.append(Piece(data, self._loop.time() if at_s is None else at_s))
        self._queued_bytes += 0 if isinstance(data, Mark) else len(data)
        if self._timer is None:
            self._pump()
        self._heed_room()

    @property
    def waiting_bytes(self) -> int:
        """How much has not been taken yet."""
        return self._queued_bytes

    def hold(self) -> None:
        """The sink cannot take more."""
        self._held = True
        self._heed()

    def let_go(self) -> None:
        """The sink can take more again."""
        self._held = False
        self._pump()
        self._heed()

    def clear(self) -> None:
        """Nobody is left to take what waits."""
        self._gone = True
        self._queue.clear()
        self._flow, self._next = iter(()), None
        self._stop_timer()
        self.source = self.sink = None

    @property
    def _waits(self) -> bool:
        return self._next is not None or bool(self._queue) or self._held

    def _pump(self) -> None:
        """Deliver all that is due, and come back when the next piece is."""
        self._stop_timer()
        while not self._held and self.sink is not None:
            self._next = self._next or next(self._flow, None)
            if self._next is None:
                if not self._queue:
                    self._hurries = False
                    break
                self._flow = self._shaped(self._queue.popleft())
                continue
            data, at_s = self._next
            if at_s > self._loop.time() and not self._hurries:
                self._timer = self._loop.call_at(at_s, self._pump)
                break
            self._next = None
            self._deliver(data)
        self._heed_room()

    def _shaped(self, piece: Piece) -> Iterator[Piece]:
        flow: Iterator[Piece] = iter((piece,))
        for shape in self._shapes:
            flow = shape.through(flow)
        yield from flow
        self._queued_bytes -= 0 if isinstance(piece.data, Mark) else len(piece.data)

    def _deliver(self, data: bytes | Mark) -> None:
        if self.sink is None or self.sink.is_closing():
            return
        if isinstance(data, Mark):
            self._over(data)
        else:
            self.sink.write(data)

    def _heed_room(self) -> None:
        room = min((self._room(), *(shape.room_bytes for shape in self._shapes)))
        full = self._queued_bytes > (room // 2 if self._full else room)
        if full != self._full:
            self._full = full
            self._heed()

    def _heed(self) -> None:
        """Let the source read, or wait."""
        if self.source is None or self.source.is_closing():
            return
        if self._held or self._full:
            self.source.pause_reading()
        else:
            self.source.resume_reading()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
