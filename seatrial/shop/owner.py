"""The shop as its owner sees it: a context manager around the supervisor process."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from seatrial.shop.lifeline import wait_gone
from seatrial.shop.settings import PARENT_VARIABLE, TOKEN_HEADER, TOKEN_VARIABLE, Settings

START_S_MAX = 15.0
"""A start takes about half a second; this is for a very busy machine."""

END_S_MAX = 3.0
"""What the supervisor may take to end everything before all of it is killed."""


class ShopError(RuntimeError):
    """The shop did not do what was asked; the message says what."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A replica, or the front, as of its latest start."""

    role: str
    """`replica` or `front`."""
    index: int
    port: int
    pid: int
    starts: int
    """1 before the first restart."""


class Shop:
    """Replicas, front and supervisor as real processes on loopback, for as long as the context lasts.

    Raises ValueError for settings out of range; entering raises ShopError where the shop does not start.
    All its processes end on leaving, and when the owner dies, of whatever.
    """

    def __init__(
        self,
        replicas: int = 3,
        *,
        fragile: bool = False,
        dial: bool = False,
        seed: int = 1,
        port: int = 0,
        service_ms: float = 5.0,
        restart_delay_s: float = 0.5,
    ) -> None:
        self.shop_id = secrets.token_hex(4)
        """Stands in each command line as `--shop ID`."""
        self.settings = Settings(
            self.shop_id, replicas, port, fragile, dial, seed, service_ms, restart_delay_s
        )
        self._token = secrets.token_hex(16)
        self._latest: dict[tuple[str, int], Instance] = {}
        self._ready = False
        self._problem = ""
        self._told = threading.Condition()
        """Guards the fields that the listening thread sets: `_latest`, `_ready`, `_problem`."""

    def __enter__(self) -> Self:
        # PR_SET_PDEATHSIG goes by thread: from a worker thread it would end the shop with that thread.
        in_main_thread = threading.current_thread() is threading.main_thread()
        self._process = subprocess.Popen(
            self.settings.supervisor_argv(die_with_thread=in_main_thread),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A terminal's Ctrl-C is for the owner: the shop serves until it says so.
            start_new_session=True,
            env=os.environ | {PARENT_VARIABLE: str(os.getpid()), TOKEN_VARIABLE: self._token},
        )
        self._listener = threading.Thread(target=self._listen, name="shop-listener", daemon=True)
        try:
            self._listener.start()
            self._await(lambda: self._ready, START_S_MAX, "the shop did not start")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def url(self) -> str:
        """The front's base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The front's port."""
        return self.front.port

    @property
    def front(self) -> Instance:
        """As of its latest start, like `replicas`."""
        with self._told:
            return self._latest["front", 0]

    @property
    def front_pid(self) -> int:
        return self.front.pid

    @property
    def supervisor_pid(self) -> int:
        return self._process.pid

    @property
    def replicas(self) -> list[Instance]:
        """By index, each as of its latest start: ask again after a restart."""
        with self._told:
            return [self._latest["replica", index] for index in range(self.settings.replicas)]

    def wait_restarted(self, instance: Instance, timeout_s: float = 10.0) -> Instance:
        """Wait until a replica, or the front, has been started again since then; how it is now.

        Raises ShopError where that takes longer.
        """
        key, name = (instance.role, instance.index), f"{instance.role} {instance.index}"
        self._await(
            lambda: self._latest[key].starts > instance.starts,
            timeout_s,
            f"{name} was not restarted within {timeout_s} s",
        )
        with self._told:
            return self._latest[key]

    def set_dial(
        self,
        *,
        error_share: float = 0.0,
        delay_ms: float = 0.0,
        burst: float = 1.0,
        seed: int | None = None,
        replica: int | None = None,
    ) -> None:
        """Set the fault dial of the front, or of the replica with that index, to exactly this.

        A replica's dial goes with its process. Raises ShopError where the shop was started without `dial`,
        or refuses the values (see `seatrial.shop.dial.Setting`).
        """
        # Here, because every replica imports this module: http.client would cost each of them 15 ms.
        from http.client import HTTPConnection

        port = self.port if replica is None else self.replicas[replica].port
        fields = {"error_share": error_share, "delay_ms": delay_ms, "burst": burst}
        body = json.dumps(fields if seed is None else fields | {"seed": seed})
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection):
            connection.request("POST", "/dial", body, {TOKEN_HEADER: self._token})
            response = connection.getresponse()
            said = response.read().decode()
        if response.status == 404:
            raise ShopError("this shop has no fault dial: start it with dial=True")
        if response.status != 204:
            raise ShopError(f"the fault dial answered {response.status}: {said}")

    def _listen(self) -> None:
        """Take in what the supervisor tells, until it has gone. Runs in a thread of its own."""
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            for line in pipe:
                self._take_in(json.loads(line))
        with self._told:
            self._problem = self._problem or "its supervisor has ended"
            self._told.notify_all()

    def _take_in(self, told: dict[str, str | int]) -> None:
        with self._told:
            match told:
                case {"event": "ready"}:
                    self._ready = True
                case {"event": "failed", "reason": str(reason)}:
                    self._problem = reason
                case {
                    "event": "started",
                    "role": str(role),
                    "index": int(index),
                    "port": int(port),
                    "pid": int(pid),
                    "starts": int(starts),
                }:
                    self._latest[role, index] = Instance(role, index, port, pid, starts)
                case _:
                    self._problem = f"its supervisor said {told}"
            self._told.notify_all()

    def _await(self, is_so: Callable[[], bool], timeout_s: float, problem: str) -> None:
        with self._told:
            self._told.wait_for(lambda: is_so() or self._problem, timeout_s)
            if not is_so():
                raise ShopError(f"{problem}: {self._problem or f'still waiting after {timeout_s} s'}")

    def _end(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            wait_gone([self._process.pid], END_S_MAX)
        finally:
            # Not reaped yet, so the group's number is still its own. Usually nobody is left in it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            killed = self._process.wait() != 0
            if self._listener.is_alive():
                self._listener.join()
            if killed:
                wait_gone([each.pid for each in self._latest.values()], END_S_MAX)
