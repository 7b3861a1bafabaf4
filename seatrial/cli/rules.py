"""`seatrial rules`: recording and alerting rules for Seatrial's own runs."""

import typer


def rules() -> None:
    """Print rules for a Prometheus that runs tell of themselves: faults left behind, runs that fell silent.

    They are about what `tell:` sends by OTLP or remote write.
    """
    from importlib.resources import files

    typer.echo(files("seatrial.telling").joinpath("rules.yaml").read_text(), nl=False)
