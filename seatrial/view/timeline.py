"""The whole run at a glance: a lane for each fault and each SLI, over the phases."""

from functools import cached_property
from typing import Final

import msgspec

from seatrial.view.faults import faults_of
from seatrial.view.scene import Mark, Scene
from seatrial.view.sli_plot import runs_of
from seatrial.view.slis import SliView
from seatrial.view.strip import Run

LANE_PX: Final = 24


class Step(msgspec.Struct, frozen=True):
    """While so many targets had the fault on them; `strength` is their share of the most there were."""

    at: float
    width: float
    strength: float
    title: str


class Lane(msgspec.Struct, frozen=True):
    """A fault with its steps, or an SLI with its runs of met, missed and unknown readings."""

    name: str
    steps: tuple[Step, ...] = ()
    runs: tuple[Run, ...] = ()


class Timeline(msgspec.Struct, frozen=True, dict=True):
    """The lanes of a run."""

    scene: Scene
    slis: tuple[SliView, ...]

    @cached_property
    def fault_lanes(self) -> list[Lane]:
        return [Lane(fault.name, steps=self._steps(fault.steps())) for fault in faults_of(self.scene.record)]

    @cached_property
    def sli_lanes(self) -> list[Lane]:
        return [Lane(sli.name, runs=tuple(runs_of(self.scene, sli))) for sli in self.slis]

    @property
    def lanes(self) -> list[Lane]:
        return [*self.fault_lanes, *self.sli_lanes]

    @property
    def height(self) -> int:
        return LANE_PX * len(self.lanes)

    @property
    def marks(self) -> list[Mark]:
        return self.scene.marks()

    def _steps(self, steps: list[tuple[float, float, int]]) -> tuple[Step, ...]:
        most = max((count for _, _, count in steps), default=1)
        return tuple(
            Step(
                at=self.scene.at(begin_s),
                width=self.scene.width(begin_s, end_s),
                strength=round(count / most, 3),
                title=f"{count} of {most} targets",
            )
            for begin_s, end_s, count in steps
        )
