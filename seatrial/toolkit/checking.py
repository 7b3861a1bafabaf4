"""`seatrial check` of a Chaos Toolkit experiment: validated as it would be for a run, and nothing is run."""

from pathlib import Path

from seatrial.files.checked import Checked
from seatrial.files.problem import InvalidFile
from seatrial.toolkit.planning import doubts_of, script_of
from seatrial.toolkit.reading import read_toolkit

_HINT = "declare a rollback, a hypothesis, or run it knowing that"


def checked_toolkit(path: Path) -> Checked:
    """Everything that is wrong, and what its author should know; raises InvalidInput, as reading does."""
    try:
        file = read_toolkit(path)
    except InvalidFile as error:
        return Checked(file=str(path), problems=error.problems)
    file.root.close()
    doubts = [file.written.problem_at(way, text, _HINT) for way, text in doubts_of(file, script_of(file))]
    return Checked(file=str(path), warnings=(*file.warnings, *doubts))
