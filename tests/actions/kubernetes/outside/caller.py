"""A steady load of requests from outside the cluster, each over a new connection, and what came of each."""

import functools
import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

import grpc

WAITS_S: Final = 1.5
"""How long a request may take: a first packet that is lost is sent again after 1 s, which is no failure."""
_EVERY_S: Final = 0.4
"""Each of the callers."""
_AT_ONCE: Final = 8
"""Where some wait in vain, others go on."""
ENOUGH: Final = 20
"""Of requests, so that each of two pods answers some."""
OK: Final = "200"


@dataclass(frozen=True)
class Answer:
    """What came of one request."""

    said: str
    """The status, or what went wrong: `refused`, `timeout`, `reset`, `cut short`."""
    begun_s: float
    took_s: float
    told: dict[str, Any] = field(default_factory=dict)
    """What the server tells of itself."""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return self.said == OK and bool(self.told)


Asks = Callable[[], tuple[str, dict[str, Any], dict[str, str]]]
Seen = Sequence[Answer]


def by_http(address: str, path: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    """A request as a browser sends it, read until the server closes the connection."""
    line = http.client.HTTPConnection(address, timeout=WAITS_S)
    try:
        line.request("GET", path, headers={"Connection": "close"})
        answer = line.getresponse()
        said, body = str(answer.status), answer.read()
        return said, _told(body), {key.lower(): value for key, value in answer.getheaders()}
    except (OSError, http.client.HTTPException) as error:
        return _WORDS.get(type(error), type(error).__name__), {}, {}
    finally:
        line.close()


_WORDS: Final[dict[type[Exception], str]] = {
    TimeoutError: "timeout",
    ConnectionRefusedError: "refused",
    ConnectionResetError: "reset",
    http.client.RemoteDisconnected: "reset",
    http.client.IncompleteRead: "cut short",
}


def _told(body: bytes) -> dict[str, Any]:
    """The first line, where it is what the server tells of itself."""
    try:
        found = json.loads(body[: body.find(b"}") + 1])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def by_grpc(address: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    """A call over a channel of its own."""
    options = (
        ("grpc.enable_retries", 0),
        ("grpc.enable_http_proxy", 0),
        ("grpc.use_local_subchannel_pool", 1),
    )
    with grpc.insecure_channel(address, options) as channel:
        try:
            said = channel.unary_unary("/shop.Cart/Add")(b"hello", timeout=WAITS_S)
        except grpc.RpcError as error:
            return error.code().name, {}, {}
    return OK, {"said": said.decode()}, {}


class Caller:
    """Asks again and again while its block runs."""

    def __init__(self, asks: Asks) -> None:
        self._asks = asks
        self._answers: list[Answer] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(one,)) for one in range(_AT_ONCE)]

    @classmethod
    def of(cls, address: str, path: str) -> "Caller":
        """`grpc` in place of a path: calls."""
        if path == "grpc":
            return cls(functools.partial(by_grpc, address))
        return cls(functools.partial(by_http, address, path))

    def __enter__(self) -> "Caller":
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for one in self._threads:
            one.join()

    def _call(self, number: int) -> None:
        """In turn with the others, also after one that took long."""
        turn_s = number * _EVERY_S / _AT_ONCE
        while not self._stop.wait((turn_s - time.monotonic()) % _EVERY_S):
            begun_s = time.monotonic()
            said, told, headers = self._asks()
            self._answers.append(Answer(said, begun_s, time.monotonic() - begun_s, told, headers))

    def since(self, moment_s: float) -> list[Answer]:
        """What came of the requests that began then or later."""
        return [one for one in list(self._answers) if one.begun_s >= moment_s]

    def next(self, within_s: float = 20) -> list[Answer]:
        """What comes of the next requests: enough of them that each of two pods answers some."""
        return self.until(lambda _: True, time.monotonic(), within_s)

    def over(self, seconds: float) -> list[Answer]:
        """What comes of all requests from now on for so long."""
        now_s = time.monotonic()
        threading.Event().wait(seconds)
        return self.since(now_s)

    def until(self, true: Callable[[Seen], bool], since_s: float, within_s: float) -> list[Answer]:
        """Wait until it is true of the last requests, all of which began after that moment."""
        give_up_s = time.monotonic() + within_s
        while True:
            last = self.since(since_s)[-ENOUGH:]
            if len(last) == ENOUGH and true(last):
                return last
            assert time.monotonic() < give_up_s, f"within {within_s:g} s no more than: {summary(last)}"
            threading.Event().wait(0.05)


def is_well(seen: Seen) -> bool:
    """Every request was answered as it should be."""
    return all(one.is_good for one in seen)


def share(seen: Seen, true: Callable[[Answer], bool] = lambda one: one.is_good) -> float:
    """How many of the answers are so; usually: as they should be."""
    return sum(map(true, seen)) / len(seen)


def summary(seen: Seen) -> str:
    """In few words, for who reads why a test has failed."""
    said = {one.said: sum(other.said == one.said for other in seen) for one in seen}
    took = f"{median(one.took_s for one in seen) * 1000:.0f} ms" if seen else "never"
    of = {str(one.told.get("pod")) for one in seen} - {"None"}
    return f"{said}, {took}, of {', '.join(sorted(of)) or 'nobody'}"
