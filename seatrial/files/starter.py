"""A team's own pack, made from a template that works as it stands."""

from pathlib import Path

from seatrial.errors import InvalidInput

TEMPLATE = Path(__file__).resolve().parent / "team_pack"


def template_files() -> list[Path]:
    """Every file of the template, relative to it."""
    found = (path.relative_to(TEMPLATE) for path in TEMPLATE.rglob("*") if path.is_file())
    return sorted(path for path in found if "__pycache__" not in path.parts)


def make_team_pack(folder: Path) -> list[Path]:
    """Write the pack's files; raises InvalidInput, and writes none, where one of them is there already."""
    wanted = template_files()
    taken = [str(path) for path in wanted if (folder / path).exists() or (folder / path).is_symlink()]
    if taken:
        raise InvalidInput(
            f"{folder} has {', '.join(taken)} already, and nothing is overwritten",
            "name another folder: `seatrial init DIR`",
        )
    try:
        for path in wanted:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            with (folder / path).open("x") as file:
                file.write((TEMPLATE / path).read_text())
    except OSError as error:
        raise InvalidInput(
            f"{error.filename or folder} cannot be written: {error.strerror}",
            "name a folder that can be written to",
        ) from None
    return [folder / path for path in wanted]
