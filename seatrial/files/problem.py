"""A problem in a file: where it is, what is wrong, and what to do about it."""

from collections.abc import Iterable

from seatrial.errors import SeatrialError
from seatrial.model.record import Record


class Problem(Record):
    """One thing wrong in a file. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str
    """What is wrong, in one sentence without a full stop."""
    hint: str
    """What to do about it; never empty."""

    @property
    def headline(self) -> str:
        """`shop.yaml:12:5: unknown key ...`, in the form that editors and terminals make a link of."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}"

    def __str__(self) -> str:
        return f"{self.headline}\n  hint: {self.hint}"


class InvalidFile(SeatrialError):
    """A file cannot be used; carries all of its problems, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
        if len(self.problems) == 1:
            super().__init__(self.problems[0].headline, self.problems[0].hint)
        else:
            told = "\n".join(str(problem) for problem in self.problems)
            super().__init__(f"{len(self.problems)} problems in {self.problems[0].file}\n{told}")
