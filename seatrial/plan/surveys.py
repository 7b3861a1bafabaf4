"""Looks before the run: what each source of readings will be able to tell."""

from collections.abc import Mapping

import anyio

from seatrial.errors import SeatrialError
from seatrial.model.experiment import Experiment
from seatrial.model.sli import Sli
from seatrial.probe import Survey, Surveys

WITHIN_S = 10.0


def surveys_of(experiment: Experiment) -> dict[str, Survey]:
    """By SLI, of those that can be looked at; raises InvalidInput where the file is wrong."""
    asked = {name: sli for name, sli in experiment.signals.items() if isinstance(sli.probe, Surveys)}
    if not asked:
        return {}
    answers = anyio.run(_ask_all, asked)
    for answer in answers.values():
        if isinstance(answer, SeatrialError):
            raise answer
    found = {name: answers[name] for name in asked}  # in the order of the file
    return {name: answer for name, answer in found.items() if isinstance(answer, Survey)}


async def _ask_all(slis: Mapping[str, Sli]) -> dict[str, Survey | SeatrialError]:
    answers: dict[str, Survey | SeatrialError] = {}

    async def ask(name: str, probe: Surveys) -> None:
        answers[name] = await _survey(probe)

    async with anyio.create_task_group() as looks:
        for name, sli in slis.items():
            if isinstance(sli.probe, Surveys):
                looks.start_soon(ask, name, sli.probe)
    return answers


async def _survey(probe: Surveys) -> Survey | SeatrialError:
    try:
        with anyio.fail_after(WITHIN_S):
            return await probe.survey()
    except TimeoutError:
        return Survey(problems=(f"no answer within {WITHIN_S:g} s",))
    except SeatrialError as error:
        return error
    except Exception as error:  # noqa: BLE001  a probe is anyone's code: refused, not a crash
        return Survey(problems=(f"{type(error).__name__}: {error}"[:500],))
