"""`seatrial report`: make reports again from a journal."""

from pathlib import Path
from typing import Annotated

from seatrial.cli.command import Argument, Option
from seatrial.cli.console import say
from seatrial.cli.options import RUNS_DEFAULT, Packs, RunsFolder


def report(
    name: Annotated[
        str, Argument(help="The run: its id, a part of it, its folder, or `latest`.", metavar="RUN")
    ],
    formats: Annotated[list[str] | None, Option("--format", help="Which report; all without it.")] = None,
    output: Annotated[Path | None, Option("--output", "-o", help="A folder, or `-` for stdout.")] = None,
    packs: Packs = None,
    runs: RunsFolder = RUNS_DEFAULT,
) -> None:
    """Make the reports of a run again, from nothing but its journal."""
    from seatrial.cli.options import open_store
    from seatrial.errors import InvalidInput
    from seatrial.files.nearest import nearest
    from seatrial.pack import load_packs
    from seatrial.record import record_of

    run = open_store(runs).find(name)
    record = record_of(run.journal())
    roots = [Path(root) for root in record.started.packs if Path(root).is_dir()]
    known = load_packs(*roots, *(packs or ())).reports
    for wanted in formats or known:
        if wanted not in known:
            guess = nearest(wanted, known)
            raise InvalidInput(
                f"there is no report {wanted!r}; there are {', '.join(known)}",
                f"did you mean {guess!r}?" if guess else "",
            )
        text = known[wanted]().render(record)
        if output == Path("-"):
            say(text)
            continue
        path = (output or run.folder) / known[wanted].file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        say(path)
