"""`seatrial slo`, as a user calls it."""

import json
from pathlib import Path

from tests.command_line import invoke

CORPUS = Path(__file__).parents[1] / "slo" / "corpus"


def test_what_is_read_and_what_is_refused() -> None:
    result = invoke(["slo", str(CORPUS / "seatrial-plain.yaml"), str(CORPUS / "nobl9.yaml")])
    assert result.exit_code == 2
    assert "seatrial-plain.yaml#answered: 99.9 % over 28 d rolling" in result.stdout
    assert "seatrial-plain.yaml:15:5: unknown key `god`" in result.stderr
    assert "nobl9.yaml:1:1: `n9/v1alpha` is not read" in result.stderr


def test_as_data() -> None:
    result = invoke(["slo", "--json", str(CORPUS / "sloth-events.yaml")])
    assert result.exit_code == 0
    read = json.loads(result.stdout)
    assert (read["objective"], read["window"]["length"]) == ("99.9%", "2592000 s")
    assert read["source"]["line"] == 6
