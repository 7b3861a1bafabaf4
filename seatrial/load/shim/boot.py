"""Where the shim begins: what it does when Locust loads it, and at each of Locust's events."""
# mypy: disable-error-code="no-untyped-call"
# Locust's event hooks carry no types.

import json
import logging
import os
import sys
from typing import Any, NoReturn

import gevent
import locust.main
import locust.runners
from locust import FastHttpUser, User, events
from locust.clients import HttpSession
from locust.env import Environment
from locust.exception import StopTest
from locust.rpc import Message as LocustMessage
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from seatrial.load.clock import clock_offset_s
from seatrial.load.shim.answers import AnswerClock, look_at_many
from seatrial.load.shim.errors import KIND_LENGTH_MAX, count_kind
from seatrial.load.shim.guard import children_die_too, die_with
from seatrial.load.shim.open_model import OpenModel
from seatrial.load.shim.quiet import few_repeats
from seatrial.load.shim.recorder import Recorder
from seatrial.load.shim.reporter import Reporter
from seatrial.load.shim.requests_user import RequestsUser, requests_user
from seatrial.load.shim.seat import gate_tasks, seat_here
from seatrial.load.shim.sender import MASTER_MESSAGE, MasterSender, Sender, SocketSender
from seatrial.load.shim.spread import spread_starts
from seatrial.load.wire import FD_VARIABLE, WIRE_VERSION, Message, OpenConfig, ShimConfig

logger = logging.getLogger(__name__)

START_MESSAGE = "seatrial_start"
HEARTBEAT_TIMEOUT_S = 5
"""Without a word from the master for this long a worker ends (Locust's default: a minute of load)."""


def boot() -> type[FastHttpUser] | None:
    """Attach to this Locust process. Returns the user class for `requests:`, if there is to be one."""
    locust.runners.MASTER_HEARTBEAT_TIMEOUT = HEARTBEAT_TIMEOUT_S
    few_repeats()
    locust.main.load_locustfile_pytest = _no_user_class  # type: ignore[attr-defined]
    socket_fd, config_fd, parent_pid = map(int, os.environ.pop(FD_VARIABLE, "-1:-1:-1").split(":"))
    if parent_pid > 0:
        die_with(parent_pid)
        children_die_too()
    if socket_fd < 0:  # a worker of a master elsewhere, which will tell what to do
        events.init.add_listener(Shim(None, socket_fd).on_init)
        return requests_user([], None)
    os.set_inheritable(socket_fd, False)
    with os.fdopen(config_fd, "rb") as file:
        config: ShimConfig = json.loads(file.read())
    events.init.add_listener(Shim(config, socket_fd).on_init)
    return requests_user(config["requests"], config["host"]) if config["requests"] else None


class Shim:
    """What Seatrial adds to one Locust process: a local runner, a master or a worker."""

    def __init__(self, config: ShimConfig | None, socket_fd: int) -> None:
        self._config = config
        self._socket_fd = socket_fd
        self._reporter: Reporter

    def on_init(
        self, environment: Environment, runner: LocalRunner | MasterRunner | WorkerRunner, **_: object
    ) -> None:
        """Locust is set up, in this process; no user exists yet."""
        self._environment = environment
        self._runner = runner
        if self._config is not None:
            self._configure(self._config)
        if not isinstance(runner, MasterRunner):
            self._be_worker(runner)
        elif self._socket_fd >= 0:
            self._be_master(runner)
        # else the Kubernetes operator's own master: it waits idly while its workers serve ours

    def _configure(self, config: ShimConfig) -> None:
        FastHttpUser.network_timeout = FastHttpUser.connection_timeout = config["request_timeout_s"]
        _give_http_user_a_timeout(config["request_timeout_s"])
        RequestsUser.requests = config["requests"]
        if config["open"] is not None:
            self._environment.shape_class = None  # the schedule decides, not the file's own shape
            gate_tasks()
        else:
            spread_starts(config["seed"])

    def _be_master(self, runner: MasterRunner) -> None:
        """Pass on what remote workers say; give them their configuration before Locust starts them."""
        sender = SocketSender(self._socket_fd)

        def forward(environment: Environment, msg: LocustMessage) -> None:  # noqa: ARG001  Locust's signature
            message: Message = msg.data
            if message["kind"] != "part":
                message["pid"] = 0  # of another machine, perhaps
            sender.send(message)

        runner.register_message(MASTER_MESSAGE, forward)
        self._environment.events.test_start.add_listener(
            lambda **_: runner.send_message(START_MESSAGE, {"wire": WIRE_VERSION, "config": self._config})
        )

    def _be_worker(self, runner: LocalRunner | WorkerRunner) -> None:
        config = self._config
        offset_s = config["clock_offset_s"] if config is not None else clock_offset_s()
        self._recorder = Recorder(offset_s)
        self._reporter = Reporter(runner.client_id, os.getpid(), self._recorder, self._sender(runner))
        self._answers = AnswerClock(self._recorder)
        self._reporter.start(lambda: runner.user_count)
        if config is None and isinstance(runner, WorkerRunner):
            runner.register_message(START_MESSAGE, self._on_start_message)
        on = self._environment.events
        on.request.add_listener(self._on_request)
        on.user_error.add_listener(self._on_user_error)
        on.test_start.add_listener(self._on_test_start)
        on.test_stopping.add_listener(self._on_test_stopping)
        on.quitting.add_listener(self._on_quitting)

    def _sender(self, runner: LocalRunner | WorkerRunner) -> Sender:
        if self._socket_fd >= 0:
            return SocketSender(self._socket_fd)
        return MasterSender(runner.send_message)

    def _on_start_message(self, environment: Environment, msg: LocustMessage) -> None:
        if msg.data["wire"] != WIRE_VERSION:
            logger.error("The master runs another version of Seatrial: install the same one here")
            self._environment.process_exit_code = 1
            gevent.spawn(self._runner.quit)
            return
        self._config = msg.data["config"]
        self._configure(msg.data["config"])

    def _on_request(
        self,
        name: str,
        response_time: float | None,
        exception: BaseException | None = None,
        response: object = None,
        **_: object,
    ) -> None:
        service_ms = response_time or 0.0
        if response is not None:
            service_ms = self._answers.without_queueing_ms(service_ms)
        lag_ms = None
        if self._reporter.open_model is not None:
            seat = seat_here()
            lag_ms = seat.take_lag_ms() if seat is not None else 0.0
        self._recorder.request(name, service_ms, lag_ms, exception, response)

    def _on_user_error(self, exception: BaseException, **_: object) -> None:
        text = f"{type(exception).__name__}: {exception}"[:KIND_LENGTH_MAX]
        count_kind(self._recorder.slice_of_now().user_errors, text)

    def _on_test_start(self, **_: object) -> None:
        config = self._config
        if config is not None and config["open"] is not None and self._reporter.open_model is None:
            self._start_open_model(config, config["open"])
        else:
            self._reporter.load_started()

    def _start_open_model(self, config: ShimConfig, schedule: OpenConfig) -> None:
        worker: int = config["worker"] if "worker" in config else getattr(self._runner, "worker_index", 0)
        if worker >= config["workers"]:
            return  # one more worker than was asked for
        model = OpenModel(
            self._environment,
            schedule,
            self._recorder,
            user_classes=self._user_classes(config),
            seed=config["seed"],
            worker=worker,
            workers=config["workers"],
        )
        self._reporter.open_model = model
        look_at_many()
        model.start(self._reporter.load_started, self._on_failure)

    def _on_failure(self, greenlet: gevent.Greenlet) -> None:
        """Users cannot be made, or the schedule broke: no load is better than a silent half of it."""
        logger.error("%s", greenlet.exception)
        if not isinstance(greenlet.exception, StopTest):
            logger.error("The load generator failed", exc_info=greenlet.exc_info)
        self._environment.process_exit_code = 1
        gevent.spawn(self._runner.quit)

    def _user_classes(self, config: ShimConfig) -> list[type[User]]:
        chosen = [
            one
            for one in self._environment.user_classes
            if issubclass(one, RequestsUser) == bool(config["requests"])
            and (not config["user_classes"] or one.__name__ in config["user_classes"])
        ]
        for one in chosen:
            if self._environment.host:
                one.host = self._environment.host
        return chosen

    def _on_test_stopping(self, **_: object) -> None:
        if self._reporter.open_model is not None:
            self._reporter.open_model.stop()

    def _on_quitting(self, **_: object) -> None:
        self._on_test_stopping()
        self._reporter.finish()


def _no_user_class(path: str) -> NoReturn:
    """In place of Locust's search for pytest functions, which would have a run of their own."""
    sys.exit(f"There is no User class in {path}: Seatrial needs a Locust file with at least one.")


def _give_http_user_a_timeout(timeout_s: float) -> None:
    """`HttpUser` waits for ever unless each call says otherwise."""
    send = HttpSession._send_request_safe_mode  # noqa: SLF001  Locust has no other place

    def send_with_timeout(self: HttpSession, method: str, url: str, **arguments: Any) -> Any:
        if arguments.get("timeout") is None:
            arguments["timeout"] = timeout_s
        return send(self, method, url, **arguments)

    HttpSession._send_request_safe_mode = send_with_timeout  # type: ignore[method-assign]  # noqa: SLF001  as above
