"""`seatrial demo`, in full: what the README's first command promises."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from seatrial.journal.entries import Undone, UndoResult
from seatrial.pack import load_packs
from seatrial.reading import Latency
from seatrial.record import RunRecord, record_of
from seatrial.store import Run
from seatrial.targets import privileges
from tests.e2e.conftest import Command

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
LONGEST_S = 90


@dataclass(frozen=True)
class Demo:
    code: int
    out: str
    record: RunRecord
    folder: Path
    undone: list[Undone]


@pytest.fixture
def demo(seatrial: Command, elsewhere: Path) -> "Demos":
    return Demos(seatrial, elsewhere)


@dataclass(frozen=True)
class Demos:
    seatrial: Command
    elsewhere: Path

    def __call__(self, *arguments: str) -> Demo:
        """Run one; in time, with its report, and with no process left of the shop or of the run."""
        began_s = time.monotonic()
        done = self.seatrial("demo", *arguments)
        assert time.monotonic() - began_s < LONGEST_S
        [folder] = (self.elsewhere / "runs").iterdir()
        assert done.stdout.endswith(f"report: {folder}/report.html\n"), done.stdout + done.stderr
        for report in load_packs().reports.values():
            assert (folder / report.file_name).stat().st_size > 0
        shop = re.search(r"behind http://127\.0\.0\.1:(\d+)", done.stderr)
        assert shop is not None
        left = [line for line in command_lines() if str(folder) in line or f"--port {shop[1]}" in line]
        assert left == []
        journal = Run(folder).journal()
        return Demo(done.returncode, done.stdout, record_of(journal), folder, journal.all(Undone))


def command_lines() -> list[str]:
    return [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]


def test_it_passes(demo: Demos) -> None:
    passed = demo()
    assert passed.code == 0, passed.out
    assert passed.out.startswith("PASSED  ")
    assert [undone.result for undone in passed.undone] == [UndoResult.RESTORED]
    assert passed.record.stop is None


def test_the_fragile_shop_fails_by_so_much(demo: Demos) -> None:
    failed = demo("--fragile")
    assert failed.code == 1, failed.out
    assert failed.out.startswith("FAILED  The hypothesis did not hold: ")
    told = re.search(r"availability `>= 99%` deviated under fault: .* at most ([\d.]+) %", failed.out)
    assert told is not None, failed.out
    assert float(told[1]) < 99
    assert [undone.result for undone in failed.undone] == [UndoResult.RESTORED]


def test_a_guard_ends_the_outage_with_everything_back(demo: Demos) -> None:
    stopped = demo("guarded_outage")
    assert stopped.code == 1, stopped.out
    assert stopped.record.stop is not None
    assert stopped.record.stop[1].why == "guard"
    assert [undone.result for undone in stopped.undone] == [UndoResult.RESTORED] * 3
    assert stopped.record.recovered is not None
    assert None not in stopped.record.recovered.after_s.values()


@pytest.mark.parametrize("name", ["noisy_neighbour", "held_connections", "bad_day"])
def test_faults_of_the_host_that_the_shop_bears(demo: Demos, name: str) -> None:
    passed = demo(name, "--seed", "7")
    assert passed.code == 0, passed.out
    assert {undone.result for undone in passed.undone} == {UndoResult.RESTORED}
    assert all(fault.effect_seen for fault in passed.record.faults)


def test_one_replica_out_of_reach(demo: Demos, require_program: Callable[..., Path]) -> None:
    require_program("nft", package="nftables")
    if missing := privileges.missing("CAP_NET_ADMIN"):
        pytest.skip(f"this user lacks {missing}")
    passed = demo("replica_unreachable")
    assert passed.code == 0, passed.out
    assert [undone.result for undone in passed.undone] == [UndoResult.RESTORED]
    (latency,) = (one for one in passed.record.slis if one.spec.name == "latency")
    durations = [point.reading.durations for point in latency.points if isinstance(point.reading, Latency)]
    slowest_ms = max(one.quantile_ms(1.0) for one in durations if one.total)
    assert slowest_ms > 100, "some users waited for the front's time-out"


def test_a_prometheus_agrees(demo: Demos, require_program: Callable[..., Path]) -> None:
    require_program("prometheus")
    passed = demo("--prometheus")
    assert passed.code == 0, passed.out
    assert [undone.result for undone in passed.undone] == [UndoResult.RESTORED]
    assert "held      fault     availability >= 99%" in passed.out
    assert "held      fault     quick >= 90%" in passed.out


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("replica_loss_slo", 0, r"held +fault +answered >= 99%"),
        ("outage_alert", 0, r"alert ShopErrors fires within 15 s, is over within 30 s: it fired"),
        ("budget_cap", 1, r"guard `budget_spent <= 1 %`: at least [\d.]+ % of the error budget is spent"),
    ],
)
def test_promises_budgets_and_alerts_of_the_shop(
    demo: Demos, require_program: Callable[..., Path], name: str, code: int, told: str
) -> None:
    require_program("prometheus")
    done = demo("--prometheus", name)
    assert done.code == code, done.out
    assert re.search(told, done.out), done.out
    assert not done.record.open_faults
