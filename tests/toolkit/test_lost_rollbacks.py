"""Every way in which the Chaos Toolkit loses rollbacks, each measured there: here each of them restores."""

import itertools
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from seatrial.targets.process import wait_until_gone
from seatrial.testing.fake_kubernetes import FakeKubernetes, deployment
from seatrial.testing.live_run import LiveRun
from tests.toolkit.experiments import Document, experiment, fault, is_broken, probe, python, repair, sh

Run = Callable[..., LiveRun]
DRIVERS = Path(__file__).parent / "drivers"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
SLEEP = {"secs": 60}
LONG: dict[str, Callable[[], Document]] = {
    "process": lambda: sh("long", "sleep 60"),
    "shell": lambda: {
        **sh("long", ""),
        "provider": {"type": "process", "path": "sh", "arguments": "-c 'sleep 60'"},
    },
    "python": lambda: python("long", "trial:nap", arguments=SLEEP),
    "pause": lambda: sh("long", "true", pauses={"before": 60}),
    "background": lambda: sh("long", "sleep 60", background=True),
}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with ExitStack() as stack:

        def run(file: Document, *options: str, **live: Any) -> LiveRun:
            environment = {"PYTHONPATH": str(DRIVERS), **live.pop("environment", {})}
            return stack.enter_context(
                LiveRun(tmp_path / "live", file, options=options, environment=environment, **live)
            )

        yield run


def _signals() -> Iterator[Any]:
    """By default each signal, and each kind of action, once; all of them with the slow ones."""
    for (number, sent), (other, kind) in itertools.product(enumerate(SIGNALS), enumerate(LONG)):
        for strategy in ("default", "always"):
            quick = strategy == "default" and number == other % len(SIGNALS)
            marks = () if quick else pytest.mark.slow
            yield pytest.param(sent, kind, strategy, id=f"{sent.name}-{kind}-{strategy}", marks=marks)


@pytest.mark.parametrize(("sent", "kind", "strategy"), list(_signals()))
def test_a_signal_during_a_long_activity(
    run: Run, tmp_path: Path, sent: signal.Signals, kind: str, strategy: str
) -> None:
    after = sh("after", f"touch {tmp_path}/after")
    method = [fault(tmp_path), LONG[kind](), sh("then", "sleep 60"), after]
    live = run(experiment(method, [repair(tmp_path)]), "--rollback-strategy", strategy)
    live.await_entry("applied")
    if kind != "pause":
        live.await_entry("performing", 2)
    sent_s = live.kill("runner", number=sent)
    assert live.exit_code() == (-9 if sent is signal.SIGKILL else 130), live.said
    live.await_over()
    assert not is_broken(tmp_path)
    assert not (tmp_path / "after").exists()
    assert time.monotonic() - sent_s < 30
    assert live.record().open_faults == []
    assert live.run.journal().is_over


@pytest.mark.parametrize("sent", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_second_signal_costs_no_rollback(run: Run, tmp_path: Path, sent: signal.Signals) -> None:
    slow = sh("slow", f"touch {tmp_path}/rolling; sleep 1; rm -f {tmp_path}/broken")
    live = run(experiment([fault(tmp_path), sh("long", "sleep 60")], [slow, repair(tmp_path)]))
    live.await_entry("performing", 2)
    live.kill("runner", number=signal.SIGINT)
    live.await_entry("performing", 3)
    live.kill("runner", number=sent)
    assert live.exit_code() == 130
    assert not is_broken(tmp_path)
    assert (tmp_path / "log").read_text() == "repaired\n"


@pytest.mark.slow
def test_the_runner_killed_between_two_rollbacks(run: Run, tmp_path: Path) -> None:
    slow = sh("slow", "sleep 60", provider={"timeout": 2})
    live = run(experiment([fault(tmp_path)], [slow, repair(tmp_path)]))
    live.await_entry("undo_started")
    live.kill("runner")
    live.await_over()
    assert not is_broken(tmp_path)
    assert live.record().verdict.exit_code == 5  # the first of them has never ended


def test_guardian_and_runner_and_fuse_killed_then_rollback(run: Run, tmp_path: Path) -> None:
    live = run(
        experiment(
            [fault(tmp_path), sh("long", "sleep 60")], [repair(tmp_path)], secrets={"g": {"token": "s3cr3t!"}}
        )
    )
    live.await_entry("performing", 2)
    pids = live.pids()
    live.kill("guardian", "fuse", "runner")
    assert [role for role, pid in pids.items() if not wait_until_gone(pid, 10)] == []
    assert is_broken(tmp_path)
    done = live.command("rollback", "latest")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not is_broken(tmp_path)
    live.await_over(10)  # what the activity had started is ended too
    assert "s3cr3t!" not in live.run.journal_path.read_text()


RAISING = {
    "null against a range": probe(
        "odd", "copy:copy", {"type": "range", "range": [0, 1]}, arguments={"x": None}
    ),
    "a function that raises": probe("odd", "os:listdir", True, arguments={"path": "/there/is/no/such"}),
    "text against a range": probe("odd", "copy:copy", [0, 1], arguments={"x": "text"}),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if n == 0 else pytest.mark.slow) for n, name in enumerate(RAISING)]
)
def test_a_hypothesis_that_raises(run: Run, tmp_path: Path, name: str) -> None:
    file = experiment([fault(tmp_path)], [repair(tmp_path)], probes=[RAISING[name]])
    live = run(file, "--hypothesis-strategy", "after-method-only")
    assert live.exit_code() == 4, live.said
    assert not is_broken(tmp_path)
    assert "raising-is-unknown" in live.said


def test_a_rollback_that_raises_stops_none_after_it(run: Run, tmp_path: Path) -> None:
    raising = python("raising", "os:listdir", arguments={"path": "/there/is/no/such"})
    missing = {
        **sh("missing", ""),
        "provider": {"type": "process", "path": "sh", "arguments": [], "timeout": "x"},
    }
    live = run(experiment([fault(tmp_path)], [raising, missing, repair(tmp_path)]))
    assert live.exit_code() == 5, live.said
    live.await_over()
    assert not is_broken(tmp_path)
    assert (tmp_path / "log").read_text() == "repaired\n"
    assert live.said.count("may still be there") == 2


def test_an_activity_that_hangs_with_a_timeout_that_is_not_enforced_there(run: Run, tmp_path: Path) -> None:
    hanging = python("hanging", "trial:nap", arguments=SLEEP, timeout=0.5)
    live = run(experiment([fault(tmp_path), hanging], [repair(tmp_path)]))
    assert live.exit_code(30) == 4, live.said
    assert not is_broken(tmp_path)


@pytest.mark.parametrize(
    "strategy", ["during-method-only", pytest.param("continuously", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("kind", ["process", pytest.param("pause", marks=pytest.mark.slow)])
def test_a_breach_is_rolled_back_without_waiting_for_the_action(
    run: Run, tmp_path: Path, strategy: str, kind: str
) -> None:
    holds = sh("whole", f"test ! -e {tmp_path}/broken", "probe", tolerance=0)
    file = experiment([fault(tmp_path), LONG[kind]()], [repair(tmp_path)], probes=[holds])
    options = ["--hypothesis-strategy", strategy, "--fail-fast", "--hypothesis-frequency", "0.1"]
    live = run(file, *options)
    began_s = time.monotonic()
    assert live.exit_code(30) == 1, live.said
    assert time.monotonic() - began_s < 30
    assert not is_broken(tmp_path)
    assert "fail-fast-at-once" in live.said


@pytest.mark.slow
def test_checks_that_failed_in_the_middle_are_no_pass(run: Run, tmp_path: Path) -> None:
    holds = sh("whole", f"test ! -e {tmp_path}/broken", "probe", tolerance=0)
    method = [sh("break", f"touch {tmp_path}/broken; sleep 1; rm {tmp_path}/broken; sleep 0.5")]
    options = ["--hypothesis-strategy", "continuously", "--hypothesis-frequency", "0.05"]
    live = run(experiment(method, probes=[holds]), *options)
    assert live.exit_code() == 1, live.said
    assert "every-check-counts" in live.said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "code", "name"),
    [
        (
            experiment([sh("act", "true")], probes=[probe("odd", "copy:copy", 1, arguments={"x": 2})]),
            4,
            "gate-is",
        ),
        (
            experiment([python("act", "os:listdir", arguments={"path": "/no"})], probes=None),
            4,
            "failing-action",
        ),
        (
            experiment([sh("act", "true")], [python("back", "os:listdir", arguments={"path": "/no"})]),
            5,
            "tried-again",
        ),
    ],
    ids=["gate", "action", "rollback"],
)
def test_what_exits_with_0_there(run: Run, file: Document, code: int, name: str) -> None:
    live = run(file)
    assert live.exit_code() == code, live.said
    assert name in live.said


def test_a_safeguard_ends_the_run_in_the_midst_of_a_pause(run: Run, tmp_path: Path) -> None:
    leave = python("leave", "trial:leave", arguments={"secs": 0.3})
    live = run(experiment([fault(tmp_path), leave, LONG["pause"]()], [repair(tmp_path)]))
    assert live.exit_code(30) == 4, live.said
    assert not is_broken(tmp_path)
    assert "ended the run" in live.said


@pytest.mark.slow
def test_two_runs_never_do_the_same_at_once(run: Run, tmp_path: Path) -> None:
    file = experiment([fault(tmp_path), sh("long", "sleep 60")], [repair(tmp_path)])
    first = run(file)
    first.await_entry("applied")
    second = first.command("run", str(first.folder / "experiment.json"))
    assert second.returncode == 3, second.stderr
    first.kill("runner", number=signal.SIGINT)
    assert first.exit_code() == 130


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(None, id="to its end", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, id="SIGINT", marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, id="SIGKILL"),
    ],
)
def test_an_action_without_a_rollback_is_taken_back_where_its_inverse_is_known(
    run: Run, sent: signal.Signals | None
) -> None:
    arguments = {"name": "shop", "replicas": 0}
    module = "chaosk8s.deployment.actions:scale_deployment"
    scale = python("scale down", module, arguments=arguments, provider={"secrets": ["k8s"]})
    with FakeKubernetes() as cluster:
        cluster.add(DEPLOYMENTS, deployment("shop", replicas=3))
        secrets = {"k8s": {"KUBERNETES_HOST": cluster.url}}
        live = run(experiment([scale] + ([sh("long", "sleep 60")] if sent else []), secrets=secrets))
        if sent:
            live.await_entry("applied")
            assert cluster.objects[DEPLOYMENTS, "shop"]["spec"]["replicas"] == 0
            live.kill("runner", number=sent)
        live.exit_code()
        live.await_over()
        assert cluster.objects[DEPLOYMENTS, "shop"]["spec"]["replicas"] == 3, live.said
        assert cluster.url not in live.run.journal_path.read_text()
    assert live.record().open_faults == []
