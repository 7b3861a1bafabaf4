"""`3 of 5`: read with any spaces, written in one form."""

import pytest

from seatrial.model.tolerance import Tolerance


@pytest.mark.parametrize("text", ["3 of 5", " 3 of 5 ", "3  of  5", "03 of 5"])
def test_it_is_the_same_however_it_is_spaced(text: str) -> None:
    tolerance = Tolerance(text)
    assert (tolerance.bad, tolerance.of, str(tolerance)) == (3, 5, "3 of 5")
    assert tolerance == Tolerance("3 of 5")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3", "is not a tolerance"),
        ("3of5", "is not a tolerance"),
        ("-3 of 5", "is not a tolerance"),
        (5, "is not a tolerance"),
        ("0 of 5", "cannot happen"),
        ("6 of 5", "cannot happen"),
        ("1 of 3601", "more than 3600"),
        ("9" * 5000 + " of 5", "is not a tolerance"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_is_wrong_is_said(text: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Tolerance(text)
