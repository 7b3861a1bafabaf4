"""What holds in real runs: runner, guardian and fuse are killed at every step, and no fault is left."""

import os
import random
import subprocess
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from pydantic import JsonValue

from seatrial.action import Action
from seatrial.precaution import Precaution
from seatrial.targets.target import EndpointTarget, HostTarget, ProcessTarget, ResourceTarget
from seatrial.testing.conformance.base import Base, assert_same, reversible
from seatrial.testing.conformance.stage import Stage, as_json
from seatrial.testing.live_run import LiveRun
from seatrial.testing.small_experiment import small_experiment
from seatrial.testing.strikes import STEPS, Role, Step, kill_at
from seatrial.testing.warm import Warm

VICTIMS: Final[tuple[tuple[Role, ...], ...]] = (
    ("runner",),
    ("guardian",),
    ("runner", "guardian"),
    ("runner", "guardian", "fuse"),
)
_SAMPLE: Final = (Step("applied"), ("runner", "guardian", "fuse"))
"""The one that runs always: the fault is there, the journal does not say so yet, and nobody is left."""
_UNDISTURBED_S: Final = 2.0
"""About how long a run goes on after the guardian's readiness."""


_ONE_IN: Final = 10
_ROLLBACKS_MAX: Final = 3
_REFUSED: Final = 3
MOMENTS_THOROUGH: Final = 13
"""For each of the four: some fifty an action."""
THOROUGH: Final = "SEATRIAL_EVERY_STEP" in os.environ
"""Every step and some fifty random moments for every action: hours, not minutes."""


def _deaths(cls: type["Runs"]) -> list[Any]:
    """The deaths to try: the sample always, the others slowly; all of them, or each class its own tenth."""
    turn = zlib.crc32(cls.__qualname__.encode()) % _ONE_IN
    every = [(step, victims) for victims in VICTIMS for step in STEPS]
    chosen = [
        case for n, case in enumerate(every) if cls.every_step or case == _SAMPLE or n % _ONE_IN == turn
    ]
    return [
        pytest.param(
            step,
            victims,
            id=f"{'+'.join(victims)}-{step}",
            marks=() if (step, victims) == _SAMPLE else pytest.mark.slow,
        )
        for step, victims in chosen
    ]


_WARM = pytest.StashKey[Warm]()


class Runs(Base):
    """A real `seatrial run` of the action on its target."""

    every_step: ClassVar[bool] = THOROUGH
    """Whether the slow tests kill at every step, or at a tenth of them that differs from class to class."""
    run_moments: ClassVar[int] = MOMENTS_THOROUGH if THOROUGH else 2
    """How many random moments each of runner, guardian, both and all is killed at."""

    def targets(self, target: Any) -> dict[str, JsonValue]:
        """What stands under `targets:` to select this very target."""
        match target:
            case ProcessTarget():
                return {"process": {"pid": target.pid}}
            case EndpointTarget():
                return {"endpoint": {"addresses": [f"{target.host}:{target.port}"]}}
            case HostTarget():
                return {"host": {}}
            case ResourceTarget():
                return {"resource": {"names": [target.name]}}
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def warm(cls, request: pytest.FixtureRequest) -> Warm:
        """What runs are forked from; all classes of a session share it."""
        stash = request.session.stash
        if _WARM not in stash:
            stash[_WARM] = Warm()
            request.session.addfinalizer(stash[_WARM].close)
        return stash[_WARM]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each class has deaths of its own."""
        if "step" in metafunc.fixturenames:
            metafunc.parametrize(("step", "victims"), _deaths(type(self)))

    def test_killed_at_a_step(  # noqa: PLR0917  pytest gives them by name
        self,
        stage: Stage,
        warm: Warm,
        tmp_path: Path,
        step: Step,
        victims: tuple[Role, ...],
        record_property: Callable[[str, object], None],
    ) -> None:
        record_property("action", stage.action.name)
        reversible(stage)
        before = self.snapshot(stage.target)
        with self.live(stage, tmp_path, warm=warm, strike=kill_at(step, victims)) as live:
            live.exit_code()
            self._assert_nothing_left(live, victims, stage, before)

    @pytest.mark.slow
    @pytest.mark.parametrize("victims", VICTIMS, ids="+".join)
    @pytest.mark.timeout(300)
    def test_killed_at_random_moments(
        self,
        stage: Stage,
        warm: Warm,
        tmp_path: Path,
        victims: tuple[Role, ...],
        record_property: Callable[[str, object], None],
    ) -> None:
        record_property("action", stage.action.name)
        reversible(stage)
        before = self.snapshot(stage.target)
        chance = random.Random(len(victims))
        for number in range(self.run_moments):
            with self.live(stage, tmp_path / str(number), warm=warm) as live:
                live.await_entry("guardian_ready")
                threading.Event().wait(chance.uniform(0, _UNDISTURBED_S))
                killed_s = live.kill(*victims)
                live.exit_code()
                self._assert_nothing_left(live, victims, stage, before)
                if (took_s := live.undone_after_s(killed_s)) is not None:
                    record_property("undone_after_s", round(took_s, 3))

    def live(self, stage: Stage, folder: Path, **more: Any) -> LiveRun:
        """A run of the action on the target of the test."""
        action: Action[Any, Any] = stage.action
        if isinstance(action, Precaution):  # around a fault that is none
            nothing: dict[str, JsonValue] = {"run": "true", "undo": "true", "check": "true", "verify": "true"}
            file = small_experiment("command", {"host": {}}, nothing) | {action.name: [as_json(action)]}
        else:
            file = small_experiment(action.name, self.targets(stage.target), as_json(action))
        return LiveRun(folder, file, self.pack_roots(), **more)

    def _assert_nothing_left(
        self, live: LiveRun, victims: tuple[Role, ...], stage: Stage, before: object
    ) -> None:
        live.await_over()
        if set(victims) == {"runner", "guardian", "fuse"}:
            done = _rolled_back(live)
            assert done.returncode == 0, f"rollback ended with {done.returncode}: {done.stdout}{done.stderr}"
        left = live.run.journal().open_undos()
        assert not left, (
            f"the journal says that {[undo.id for undo in left]} may still be there; "
            f"the run said:\n{live.said}"
        )
        assert_same(before, self.snapshot(stage.target), f"the death of {' and '.join(victims)}")


def _rolled_back(live: LiveRun) -> subprocess.CompletedProcess[str]:
    """A machine that is too busy to start a worker refuses, and is asked again."""
    for _ in range(_ROLLBACKS_MAX):
        done = live.command("rollback", "--all")
        if done.returncode != _REFUSED:
            break
    return done
