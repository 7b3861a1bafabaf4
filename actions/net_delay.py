"""net.delay: a line that is too long."""

from typing import ClassVar

from seatrial.api import Action, Duration, Field, HostTarget, Queue, Shaping, Share, model_validator


class NetDelay(Shaping, Action[HostTarget, Queue]):
    """Delays what leaves by an interface, in the kernel: another region, a bad line.

    Everything that leaves by it is delayed, ssh too. Not every kernel has the module for this (netem);
    where it is missing, the run is refused.
    """

    name: ClassVar[str] = "net.delay"
    needs: ClassVar[str] = "CAP_NET_ADMIN"

    delay: Duration = Field(gt=0, le=60)
    """How much later every packet leaves."""
    jitter: Duration = Field(default=0.0, ge=0, le=60)
    """The standard deviation of the delay; packets may overtake each other then."""
    duplicate: Share | None = Field(default=None, gt=0)
    """The share of the packets that is sent twice."""
    reorder: Share | None = Field(default=None, gt=0, lt=1)
    """The share of the packets that leaves at once, and so overtakes the others."""

    @model_validator(mode="after")
    def _spread_is_smaller(self) -> "NetDelay":
        if self.jitter > self.delay:
            raise ValueError("`jitter` is above `delay`: no packet can leave before it was sent")
        return self

    def settings(self) -> list[str]:
        words = ["netem", "limit", "100000", "delay", f"{self.delay * 1e6:.0f}us"]
        if self.jitter:
            words += [f"{self.jitter * 1e6:.0f}us", "distribution", "normal"]
        if self.duplicate is not None:
            words += ["duplicate", f"{self.duplicate * 100:.6g}%"]
        if self.reorder is not None:
            words += ["reorder", f"{self.reorder * 100:.6g}%"]
        return words

    @classmethod
    def missing_here(cls) -> list[str]:
        """What this machine lacks."""
        return cls.lacking(["netem", "delay", "1ms"])
