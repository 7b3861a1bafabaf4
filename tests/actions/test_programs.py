"""stress_ng and clock.skew: programs that run as long as a fault holds, and not a moment longer."""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal
from seatrial.held.hold import held
from seatrial.pack import load_packs
from seatrial.targets import privileges, process
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance
from tests.actions.conftest import Applied, becomes, cpu_s, held_by_tests

ACTIONS = load_packs().actions
STRESSORS = get_args(ACTIONS["stress_ng"].model_fields["stressor"].annotation)


def make(name: str, **keys: object) -> Any:
    return ACTIONS[name].model_validate(keys)


def shared() -> list[str]:
    """What programs share by name."""
    return sorted(name for name in os.listdir("/dev/shm") if "seatrial" in name or "faketime" in name)


class _Program(ActionConformance):
    """Each looks at all that programs share on this machine: run this file in one worker."""

    moments = 3

    def snapshot(self, target: Any) -> object:
        return [one.pid for one in held_by_tests()], shared()


@pytest.mark.slow  # its verbs are those of clock.skew
class TestStressNg(_Program):
    @pytest.fixture
    def action(self, require_program: Callable[..., Path]) -> Action[Any, Any]:
        require_program("stress-ng")
        return self.make("stress_ng", stressor="yield")


class TestClockSkew(_Program):
    @pytest.fixture
    def action(self, require_program: Callable[..., Path]) -> Action[Any, Any]:
        require_program("faketime")
        return self.make("clock.skew", run="sleep 60 & sleep 60", ahead="1 h")


@pytest.mark.parametrize(
    "stressor",
    [name if name == "mutex" else pytest.param(name, marks=pytest.mark.slow) for name in STRESSORS],
)
def test_a_stressor_runs_and_leaves_nothing(
    stressor: str, target: HostTarget, require_program: Callable[..., Path]
) -> None:
    require_program("stress-ng")
    before = {name: sorted(os.listdir(name)) for name in ("/", "/dev/shm")}
    with Applied(make("stress_ng", stressor=stressor, workers=2), target) as state:
        pids = [one.pid for one in held(state.lease)]
        assert any(Path(f"/proc/{pid}/comm").read_text() == "stress-ng\n" for pid in pids)
        began = cpu_s(pids, waiting=True)
        assert becomes(lambda: cpu_s(held_now(state), waiting=True) > began + 0.05), "it does nothing"
    assert not any(process.start_ticks(pid) for pid in pids)
    assert {name: sorted(os.listdir(name)) for name in before} == before


def held_now(state: Any) -> list[int]:
    return [one.pid for one in held(state.lease)]


def test_a_stressor_dies_with_what_holds_it(target: HostTarget, require_program: Callable[..., Path]) -> None:
    """Killed from outside, or at the end of its time: nobody undoes, and yet none is left."""
    require_program("stress-ng")
    action = make("stress_ng", stressor="cache", workers=2)
    for max_hold_s, kill in ((20.0, True), (2.0, False)):  # time enough to be seen on a busy machine
        with Applied(action, target, max_hold_s) as state:
            (holder,) = (one for one in held(state.lease) if "seatrial-held" in one.argv)
            if kill:
                assert process.send_signal(holder, 9)
            assert becomes(lambda: action.is_undone(target, state))


TELLS = "exec python3 -c 'import time; print(time.time(), time.monotonic(), flush=True); input()' > {} < {}"


def clocks(action: dict[str, object], host: HostTarget, folder: Path) -> tuple[float, float]:
    """How much the date and the time since boot of a program are ahead of ours, in seconds."""
    said, pipe = folder / "said", folder / "pipe"
    os.mkfifo(pipe)
    skew = make("clock.skew", run=TELLS.format(said, pipe), **action)
    with Applied(skew, host):
        with pipe.open("w"):
            assert becomes(lambda: said.exists() and said.read_text().endswith("\n"))
        date, since_boot = map(float, said.read_text().split())
        return date - time.time(), since_boot - time.monotonic()  # noqa: TID251  the date is what is skewed


@pytest.mark.parametrize(("keys", "ahead_s"), [({"ahead": "2 h"}, 7200), ({"behind": "400 d"}, -34_560_000)])
def test_the_date_of_a_program_is_wrong(
    keys: dict[str, object],
    ahead_s: float,
    target: HostTarget,
    tmp_path: Path,
    require_program: Callable[..., Path],
) -> None:
    require_program("faketime")
    date, since_boot = clocks(keys, target, tmp_path)
    assert date == pytest.approx(ahead_s, abs=5)
    assert since_boot == pytest.approx(0, abs=5)
    assert shared() == []


def test_what_is_started_later_leaves_nothing_either(
    target: HostTarget, tmp_path: Path, require_program: Callable[..., Path]
) -> None:
    require_program("faketime")
    later = tmp_path / "later"
    line = f"while ! test -e {later}; do sleep 0.05; done; sleep 60 & echo > {later}; sleep 60"
    with Applied(make("clock.skew", run=line, ahead="1 h"), target) as state:
        later.touch()
        assert becomes(lambda: later.read_text() and len(held_now(state)) >= 4)
    assert shared() == []


@pytest.mark.parametrize(("keys", "ahead_s"), [({"ahead": "2 h"}, 7200), ({"behind": "3 min"}, -180)])
def test_the_time_since_boot_of_a_program_is_wrong(
    keys: dict[str, object], ahead_s: float, target: HostTarget, tmp_path: Path
) -> None:
    if missing := make("clock.skew", run="x", clock="monotonic", **keys).missing_privileges(target):
        pytest.skip(f"this user lacks {missing}")
    date, since_boot = clocks({**keys, "clock": "monotonic"}, target, tmp_path)
    assert date == pytest.approx(0, abs=5)
    assert since_boot == pytest.approx(ahead_s, abs=5)


def test_what_cannot_be_skewed_or_started(target: HostTarget) -> None:
    lease = Lease(id="test-never", max_hold_s=20)
    if not privileges.missing("CAP_SYS_ADMIN"):
        action = make("clock.skew", run="sleep 9", clock="monotonic", behind="3000 d")
        with pytest.raises(Fatal, match=r"the kernel takes no offset of -2\.592e\+08 s"):
            action.apply(target, action.prepare(target, lease))
    gone = make("clock.skew", run="x", ahead="1 s", working_directory="/none")
    assert gone.refusal(target) == "/none is not a folder"


def test_a_program_that_has_ended_is_no_fault(
    target: HostTarget, require_program: Callable[..., Path]
) -> None:
    require_program("faketime")
    action = make("clock.skew", run="exit 3", ahead="1 h")
    state = action.prepare(target, Lease(id=f"test-{os.getpid()}-short", max_hold_s=20))
    action.apply(target, state)
    try:
        assert becomes(lambda: not action.has_effect(target, state))
    finally:
        action.undo(target, state)
    assert action.is_undone(target, state)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"run": "x"}, "either `ahead` or `behind`"),
        ({"run": "x", "ahead": "1 s", "behind": "1 s"}, "either `ahead` or `behind`"),
        ({"run": " ", "ahead": "1 s"}, "should match pattern"),
        ({"run": "x", "ahead": "0 s"}, "greater than 0"),
        ({"run": "x", "ahead": "20000 d"}, "less than or equal to"),
        ({"run": "x", "ahead": "1 s", "clock": "host"}, "Input should be 'wall' or 'monotonic'"),
    ],
)
def test_what_is_refused_in_the_file(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make("clock.skew", **keys)
