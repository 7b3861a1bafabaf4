"""`seatrial convert`: a Chaos Toolkit experiment as a native one."""

from pathlib import Path
from typing import Annotated

from seatrial.cli.command import Argument, Option
from seatrial.cli.console import say, tell


def convert(
    file: Annotated[Path, Argument(help="A Chaos Toolkit experiment, YAML or JSON.", metavar="FILE")],
    output: Annotated[
        Path | None,
        Option("--output", "-o", help="Where to write it; stdout without it.", metavar="PATH"),
    ] = None,
) -> None:
    """Write a Chaos Toolkit experiment as a native one, with comments where a person has to decide."""
    from seatrial.errors import InvalidInput
    from seatrial.toolkit.convert import convert as converted

    made = converted(file)
    if output is None:
        say(made.text, end="")
    else:
        try:
            with output.open("x") as written:
                written.write(made.text)
        except FileExistsError:
            raise InvalidInput(
                f"{output} is there already, and is not overwritten", "name another file"
            ) from None
        except OSError as error:
            raise InvalidInput(f"{output} cannot be written: {error.strerror}", "name another file") from None
        tell(f"wrote {output}")
    tell(f"{made.judgements} places need judgement: look for JUDGE, then `seatrial check`")
