"""`seatrial probe`: every SLI read once, and what it rests on."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

from seatrial.cli.command import Option
from seatrial.cli.console import say
from seatrial.cli.options import ExperimentPath, Packs, Sets

if TYPE_CHECKING:
    from seatrial.model.experiment import Experiment
    from seatrial.model.sli import Sli
    from seatrial.probe import Survey
    from seatrial.reading import Reading

WITHIN_S: Final = 10.0


def probe(
    file: ExperimentPath,
    sets: Sets = None,
    packs: Packs = None,
    as_json: Annotated[bool, Option("--json", help="Print the readings as JSON.")] = False,
) -> None:
    """Read every SLI once and show what is seen: value, events, age, who was seen by whom. Touches nothing.

    Exit code: 0 all were read, 2 the file is wrong, 3 a source cannot be read, 4 a reading is unknown.
    """
    import anyio

    from seatrial.cli.options import overrides, warn
    from seatrial.files.experiment_file import read_experiment
    from seatrial.files.variables import scrubbed
    from seatrial.plan.surveys import surveys_of

    read = read_experiment(file, packs=packs or (), overrides=overrides(sets))
    warn(read.warnings)
    surveys = surveys_of(read.experiment)
    readings = anyio.run(_read_all, read.experiment)
    if as_json:
        told = {name: _as_data(surveys.get(name), reading) for name, reading in readings.items()}
        text = json.dumps({"slis": told}, indent=2)
    else:
        text = "\n".join(
            line
            for name, reading in readings.items()
            for line in _lines(name, read.experiment.signals[name], surveys.get(name), reading)
        )
    say(scrubbed(text, read.secrets))
    sys.exit(_code(surveys, readings))


def _code(surveys: "dict[str, Survey]", readings: "dict[str, Reading | None]") -> int:
    if any(survey.problems for survey in surveys.values()):
        return 3
    return 4 if any(reading is not None and reading.kind == "unknown" for reading in readings.values()) else 0


async def _read_all(experiment: "Experiment") -> "dict[str, Reading | None]":
    import anyio

    found: dict[str, Reading | None] = {}

    async def read(name: str, sli: "Sli") -> None:
        found[name] = await _read(sli)

    async with anyio.create_task_group() as reads:
        for name, sli in experiment.signals.items():
            reads.start_soon(read, name, sli)
    return {name: found[name] for name in experiment.signals}


async def _read(sli: "Sli") -> "Reading | None":
    """None of an SLI that is only read while a run goes on."""
    from seatrial.probe import FromLoad
    from seatrial.run.sampler import read_once

    if isinstance(sli.probe, FromLoad):
        return None
    return await read_once(sli.probe.read, sli.model_copy(update={"timeout": max(sli.timeout, WITHIN_S)}))


def _lines(name: str, sli: "Sli", survey: "Survey | None", reading: "Reading | None") -> list[str]:
    lines = [f"{name} ({sli.probe_name}), objective {sli.objective.text}"]
    if reading is None:
        return [*lines, "  is read from the run's own load"]
    lines.append(f"  {_told(sli, reading)}")
    if reading.observed is not None:
        seen = reading.observed
        lines.append(f"  from {seen.source}; over {seen.span_s:.3g} s, {seen.age_s:.2g} s old")
        if seen.unobserved:
            lines.append(f"  about {seen.unobserved:,} events were not observed")
    if survey is not None:
        lines += [f"  {note}" for note in survey.notes]
        lines += [f"  PROBLEM: {problem}" for problem in survey.problems]
    return lines


def _told(sli: "Sli", reading: "Reading") -> str:
    """The value, and how many events it is of."""
    from seatrial.reading import Latency, Ratio, Value
    from seatrial.view.text import in_unit

    match reading:
        case Ratio():
            if not reading.total:
                return "no event happened in that time"
            share = reading.good / reading.total
            doubt = f", {reading.unsure:,} uncertain" if reading.unsure else ""
            return f"{in_unit(share, '%')}: {reading.good:,} good of {reading.total:,} events{doubt}"
        case Latency():
            total = reading.durations.total
            return f"{_quantile(reading)} at p{reading.quantile * 100:g} of {total:,} durations"
        case Value():
            units = sli.probe.quantities
            values = [f"{key} {in_unit(value, units.get(key, ''))}" for key, value in reading.values.items()]
            return ", ".join(values) + (f" ({reading.note})" if reading.note else "")
        case _:
            return f"UNKNOWN: {reading.reason}"


def _quantile(reading: Any) -> str:
    from seatrial.verdict.doubt import at_fastest
    from seatrial.view.text import in_unit

    if not reading.durations.total:
        return "nothing"
    slowest, fastest = (one.durations.quantile_ms(one.quantile) for one in (reading, at_fastest(reading)))
    if slowest >= 3_599_000:
        return f"more than {in_unit(fastest, 'ms')}"
    return in_unit(slowest, "ms") if slowest == fastest else f"{fastest:.4g} to {in_unit(slowest, 'ms')}"


def _as_data(survey: "Survey | None", reading: "Reading | None") -> dict[str, Any]:
    return {
        "reading": None
        if reading is None
        else reading.model_dump(mode="json", exclude={"histogram", "at_best"}),
        "survey": None if survey is None else survey.model_dump(mode="json"),
    }
