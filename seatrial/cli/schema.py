"""`seatrial schema`: the JSON Schema of experiment files, for editors."""

from seatrial.cli.console import say
from seatrial.cli.options import Packs


def schema(packs: Packs = None) -> None:
    """Print the JSON Schema (2020-12) of experiment files, with every probe and action of the packs.

    An editor with YAML support completes and checks by it. Save it, and put this at the top of a
    file: `# yaml-language-server: $schema=PATH`.
    """
    import json

    from seatrial.files.json_schema import experiment_schema
    from seatrial.pack import load_packs

    say(json.dumps(experiment_schema(load_packs(*packs or ())), indent=2))
