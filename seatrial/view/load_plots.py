"""The plots of the load: requests a second, those in flight, and how hard the generator worked."""

from collections.abc import Callable, Iterator

from seatrial.load.second import LoadSecond
from seatrial.view import text
from seatrial.view.axis import scale_of
from seatrial.view.curve import Sample, unseen
from seatrial.view.load import LoadView
from seatrial.view.plot import Plot, curve, y_ticks
from seatrial.view.scene import Scene

Series = tuple[str, Callable[[LoadSecond], float]]


def load_plots(scene: Scene, load: LoadView) -> tuple[Plot, ...]:
    """Three plots; none where no load was reported."""
    return tuple(_plots(scene, load)) if load.seconds else ()


def _plots(scene: Scene, load: LoadView) -> Iterator[Plot]:
    asked: Series = ("due", lambda one: one.scheduled) if load.is_open else ("users", lambda one: one.users)
    yield _plot(scene, "rate", "Requests a second", "", [_ENDED, asked, _FAILED])
    if load.is_open:
        yield _plot(scene, "in-flight", "Requests in flight", "", [_IN_FLIGHT, _DROPPED])
    yield _plot(scene, "cpu", "CPU of the busiest load worker", "%", [_CPU])


_ENDED: Series = ("ended", lambda one: sum(request.total for request in one.requests.values()))
_FAILED: Series = ("failed", lambda one: sum(request.failed for request in one.requests.values()))
_IN_FLIGHT: Series = ("in flight", lambda one: one.in_flight)
_DROPPED: Series = ("dropped", lambda one: one.dropped)
_CPU: Series = ("share of one core", lambda one: one.cpu_share)


def _plot(scene: Scene, name: str, title: str, unit: str, series: list[Series]) -> Plot:
    drawn = [(label, _samples(scene, read)) for label, read in series]
    values = [sample.value for _, samples in drawn for sample in samples if sample.value is not None]
    scale = scale_of(values, [0.0], is_share=False, is_latency=False)
    samples = drawn[0][1]
    return Plot(
        id=f"load-{name}",
        title=title,
        description=" ".join(_describe(label, samples, unit) for label, samples in drawn),
        scene=scene,
        curves=tuple(
            curve(scene, scale, samples, label, kind)
            for (label, samples), kind in zip(drawn, "abc", strict=False)
        ),
        y_ticks=y_ticks(scale, unit),
        unknown=tuple(scene.unknown(unseen(samples, samples[0].begin_s, scene.duration_s))),
        marks=tuple(scene.marks()),
    )


def _samples(scene: Scene, read: Callable[[LoadSecond], float]) -> list[Sample]:
    return [Sample(t_s - 1.0, t_s, read(second)) for t_s, second in scene.record.load]


def _describe(label: str, samples: list[Sample], unit: str) -> str:
    values = [sample.value for sample in samples if sample.value is not None]
    low, high = (text.in_unit(end, unit) for end in (min(values), max(values)))
    return f"{label.capitalize()}: between {low} and {high}."
