"""slo: an SLO that the team has already written down, read from a Prometheus."""

from functools import cached_property
from pathlib import Path
from typing import ClassVar

from seatrial.api import Asked, AsksPrometheus, Measure, Slo


class SloProbe(AsksPrometheus):
    """Reads an SLO of an OpenSLO v1, Sloth, Pyrra, slo-generator or plain file, and takes its objective.

    Its queries are parsed, and their counters read as `prometheus` reads them: sample by sample, so a
    short burst counts once and whole. The objective is the SLO's unless the SLI gives one of its own.
    """

    name: ClassVar[str] = "slo"
    shorthand: ClassVar[str | None] = "file"
    promise_key: ClassVar[str | None] = "file"

    file: Path
    """Relative to the experiment's file; `#name` behind it chooses one of several: `slos/shop.yaml#fast`."""

    @cached_property
    def slo(self) -> Slo:
        """What the file says; raises InvalidInput with place and remedy."""
        from seatrial.api import slo_at

        return slo_at(str(self.file))

    @property
    def measure(self) -> Measure:
        return Measure.RATIO

    @property
    def asked(self) -> Asked:
        read = {name: getattr(self.slo, name) for name in ("good", "bad", "total", "histogram")}
        within = self.slo.within
        return Asked.model_validate(
            {
                **{name: selector for name, selector in read.items() if selector is not None},
                "unit": self.slo.unit,
                **({"within": f"{within:.12g} s"} if within is not None else {}),
            }
        )
