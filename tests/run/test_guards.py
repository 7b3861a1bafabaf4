"""Guards at work: what stops a run, and when, fed as the runner feeds them."""

from collections.abc import Mapping, Sequence

import pytest

from seatrial.measure import Measure
from seatrial.plan.guard_spec import GuardSpec
from seatrial.plan.plan import PlannedSli
from seatrial.reading import Reading
from seatrial.run.guards import Breach, Guards
from tests.verdict.records import dark, guard, latency, plan, ratio, sli, value

AVAILABILITY = sli()
LATENCY = sli("latency", "< 300 ms", measure=Measure.LATENCY)
HEALTHY = sli("healthy", "status == 200", measure=Measure.VALUE, quantity="status", from_load=False)
CALM: list[Reading] = [latency({20: 100}, waiting=2)] * 12


def armed(
    spec: GuardSpec,
    of: PlannedSli,
    baseline: Sequence[Reading] = (),
    *,
    beside: Sequence[GuardSpec] = (),
    required: bool = False,
) -> Guards:
    its_plan = plan([] if required else [of], requires=[of] if required else [], guards=[spec, *beside])
    known: Mapping[str, Sequence[Reading]] = {of.name: baseline}
    return Guards(its_plan, its_plan.signals, known, 0.0)


def feed(guards: Guards, name: str, readings: Sequence[Reading]) -> tuple[int, Breach] | None:
    """A reading a second; the second in which it broke, from 1."""
    for second, reading in enumerate(readings, 1):
        breach = guards.look(name, reading, float(second))
        if breach is not None:
            return second, breach
    return None


def test_a_ratio_breaks_within_seconds_and_says_how_sure_it_is() -> None:
    broken = feed(armed(guard("availability", ">= 99%"), AVAILABILITY), "availability", [ratio(20)] * 20)
    assert broken is not None
    second, breach = broken
    assert second <= 4
    assert breach.guard == "availability >= 99 %"
    assert not breach.of_environment
    assert (
        breach.reason == "20 of 100 bad in the last reading; the odds that this is chance are below 1 in 100"
    )


def test_at_its_limit_it_does_not_break() -> None:
    assert (
        feed(armed(guard("availability", ">= 99%"), AVAILABILITY), "availability", [ratio(1)] * 300) is None
    )


def test_more_guards_share_the_chance_of_a_false_stop() -> None:
    """Bonferroni: ten guards ask each for ten times the evidence."""
    alone = armed(guard("availability", ">= 99%"), AVAILABILITY)
    many = armed(guard("availability", ">= 99%"), AVAILABILITY, beside=[guard("availability", ">= 50%")] * 9)
    readings = [ratio(5)] * 40
    first, tenth = feed(alone, "availability", readings), feed(many, "availability", readings)
    assert first is not None
    assert tenth is not None
    assert first[0] < tenth[0]
    assert first[1].reason.endswith("1 in 100")
    assert tenth[1].reason.endswith("1 in 1000")


def test_it_knows_nothing_of_before_the_injection() -> None:
    """A baseline of errors is no evidence; it is no excuse either."""
    guards = armed(guard("availability", ">= 99%"), AVAILABILITY, [ratio(90)] * 60)
    assert feed(guards, "availability", [ratio(0)] * 60) is None


@pytest.mark.parametrize(("keep", "bound"), [("< 300 ms", 300), ("<= 2x baseline", 300)])
def test_latency_by_the_share_beyond_the_bound(keep: str, bound: int) -> None:
    """What the hypothesis allows, 300 ms, is granted though twice the baseline is only 40 ms."""
    spec = guard("latency", keep, granted=300)
    assert feed(armed(spec, LATENCY, CALM), "latency", [latency({bound - 5: 100})] * 60) is None
    assert feed(armed(spec, LATENCY, CALM), "latency", [latency({20: 96, bound + 5: 4})] * 300) is None
    broken = feed(armed(spec, LATENCY, CALM), "latency", [latency({20: 60, bound + 5: 40})] * 20)
    assert broken is not None
    assert broken[0] <= 4
    assert "40 of 100 slower than 300 ms" in broken[1].reason


def hang(hanging: int) -> list[Reading]:
    return [latency({20: 100 - hanging} if hanging < 100 else {}, waiting=hanging * n) for n in range(1, 30)]


@pytest.mark.parametrize(("hanging", "within"), [(33, 6), (100, 3)])
def test_a_hang_breaks_the_latency_guard_though_nothing_slow_ended(hanging: int, within: int) -> None:
    broken = feed(armed(guard("latency", "< 300 ms"), LATENCY, CALM), "latency", hang(hanging))
    assert broken is not None
    assert broken[0] <= within
    assert "slower than 300 ms" in broken[1].reason


def test_a_few_that_hang_are_within_the_quantile() -> None:
    assert feed(armed(guard("latency", "< 300 ms"), LATENCY, CALM), "latency", hang(3)) is None


def test_a_ratio_against_its_baseline() -> None:
    spec, before = guard("availability", ">= 0.9x baseline"), [ratio(2)] * 10  # so at most 11.8 % may be bad
    assert feed(armed(spec, AVAILABILITY, before), "availability", [ratio(10)] * 60) is None
    assert feed(armed(spec, AVAILABILITY, before), "availability", [ratio(40)] * 10) is not None
    errors = sli("errors", "<= 5%", counts_bad=True)
    spec = guard("errors", "<= 3x baseline")
    assert feed(armed(spec, errors, before), "errors", [ratio(5)] * 60) is None
    assert feed(armed(spec, errors, before), "errors", [ratio(20)] * 10) is not None


# --- values ---------------------------------------------------------------------------------


def status(*codes: int | None) -> list[Reading]:
    return [dark() if code is None else value(code, "status") for code in codes]


@pytest.mark.parametrize(
    ("codes", "second"),
    [
        ((200, 503, 503, 503), 4),
        ((503, 503, 200, 503, 503), None),
        ((503, None, 503, None, 503), 5),
        ((None, None, None), None),
    ],
)
def test_values_by_readings_in_a_row(codes: tuple[int | None, ...], second: int | None) -> None:
    broken = feed(armed(guard("healthy", "status == 200"), HEALTHY), "healthy", status(*codes))
    assert (broken[0] if broken else None) == second
    if broken:
        assert broken[1].reason == "status was 503, 3 readings in a row"


def test_a_value_against_its_baseline() -> None:
    queue = sli("queue", "depth < 100", measure=Measure.VALUE, quantity="depth", from_load=False)
    calm = [value(10, "depth")] * 10

    def fed(depth: int) -> tuple[int, Breach] | None:
        guards = armed(guard("queue", "depth <= 3x baseline"), queue, calm)
        return feed(guards, "queue", [value(depth, "depth")] * 10)

    assert fed(29) is None
    broken = fed(31)
    assert broken is not None
    assert broken[0] == 3


# --- blindness and the environment ----------------------------------------------------------


@pytest.mark.parametrize("nothing", [dark(), ratio(0, 0), ratio(0, 0, waiting=50)])
def test_ten_seconds_without_load_data_is_a_failure_of_the_service(nothing: Reading) -> None:
    broken = feed(armed(guard("availability", ">= 99%"), AVAILABILITY), "availability", [nothing] * 20)
    assert broken is not None
    second, breach = broken
    assert second == 10
    assert breach.reason == "nothing was seen of availability for 10 s"
    assert not breach.of_environment


def test_ten_seconds_without_an_answer_of_a_probe_is_the_environment() -> None:
    broken = feed(armed(guard("healthy", "status == 200"), HEALTHY), "healthy", [dark()] * 20)
    assert broken is not None
    assert broken[0] == 10
    assert broken[1].of_environment


def test_one_reading_in_ten_seconds_is_sight() -> None:
    readings = [ratio() if second % 9 == 0 else dark() for second in range(60)]
    assert feed(armed(guard("availability", ">= 99%"), AVAILABILITY), "availability", readings) is None


def test_what_is_required_is_of_the_environment() -> None:
    guards = armed(guard("healthy", "status == 200"), HEALTHY, required=True)
    broken = feed(guards, "healthy", status(503, 503, 503))
    assert broken is not None
    assert broken[1].of_environment


def test_an_sli_without_a_guard_stops_nothing() -> None:
    assert feed(armed(guard("availability", ">= 99%"), AVAILABILITY), "another", [ratio(100)] * 20) is None
