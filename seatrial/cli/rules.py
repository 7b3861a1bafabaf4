"""`seatrial rules`: recording and alerting rules for Seatrial's own runs."""

from seatrial.cli.console import say


def rules() -> None:
    """Print rules for a Prometheus that runs tell of themselves: faults left behind, runs that fell silent.

    They are about what `tell:` sends by OTLP or remote write.
    """
    from importlib.resources import files

    say(files("seatrial.telling").joinpath("rules.yaml").read_text(), end="")
