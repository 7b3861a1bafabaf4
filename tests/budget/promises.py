"""SLOs for tests of budgets."""

from seatrial.slo.slo import Calendar, Rolling, Slices, Slo, SloSource

DAY_S = 86_400.0
SOURCE = SloSource(file="slo.yaml", line=1, format="Seatrial", sha256="0" * 64)


def promise(
    objective: float = 0.999,
    window: Rolling | Calendar | None = None,
    slices: tuple[float, float] | None = None,
) -> Slo:
    """An SLO over 28 days, unless said otherwise; `slices` are their length in seconds and the share."""
    held = (
        Slices.model_validate({"length": f"{slices[0]} s", "at_least": f"{slices[1] * 100}%"})
        if slices
        else None
    )
    return Slo.model_validate(
        {
            "name": "answered",
            "good": "good_total",
            "total": "all_total",
            "objective": f"{objective * 100:.12g}%",
            "window": window or rolling(28 * DAY_S),
            "slices": held,
            "source": SOURCE,
        }
    )


def rolling(length_s: float) -> Rolling:
    return Rolling.model_validate({"length": f"{length_s:.12g} s"})
