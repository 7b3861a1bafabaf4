"""Two readers of one format: what is run takes no more than what tells problems, and all that this takes."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any, Final

import pytest
from pydantic import ValidationError

from seatrial.toolkit.document import Document
from seatrial.toolkit.form import Form
from tests.toolkit.cases import CASES
from tests.toolkit.experiments import Document as Written
from tests.toolkit.malformed import JSON
from tests.toolkit.whole import WHOLE

_MUTATIONS: Final = 8000
_KEYS: Final = (
    *("title", "description", "tags", "configuration", "secrets", "steady-state-hypothesis", "hypothesis"),
    *(
        "method",
        "rollbacks",
        "controls",
        "extensions",
        "runtime",
        "strategy",
        "probes",
        "ref",
        "name",
        "type",
    ),
    *("provider", "tolerance", "pauses", "before", "after", "background", "timeout", "dry", "module", "func"),
    *("arguments", "path", "url", "headers", "verify_tls", "max_retries", "document", "written", "kind", "x"),
)
_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 5, 2**63, 2**64, 10**30, 10**300, 0.0, 2.0, 2.5, 1e300, 1.7e308, -1.7e308),
    *("", "x", "5", "2.5", "true", "yes", "null", "${x}", "probe", "action", "python", "process", "http"),
    *("default", "always", "skip", "probes", [], {}, [1], ["x"], [[]], [{}], [None], [2.5], {"x": 1}),
    *({"type": "process", "path": "x"}, {"ref": "x"}, {"ref": ""}, {"name": "x"}, {"strategy": "always"}),
)
"""Of all kinds that a reader of JSON and YAML lets through: finite numbers and proper texts alone."""


def _seeds() -> Iterator[Written]:
    yield from (case.file for case in CASES)
    for text in JSON.values():
        try:
            written = json.loads(text, parse_constant=str)
        except ValueError:
            continue
        if isinstance(written, dict):
            yield written


def _places(node: Any) -> Iterator[Any]:
    """Every mapping and list within."""
    if isinstance(node, dict | list) and node:
        yield node
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _places(inner)


def _mutated(written: Written, chance: random.Random) -> Written:
    written = copy.deepcopy(written)
    for _ in range(chance.choice((1, 1, 2))):
        place = chance.choice(list(_places(written)) or [written])
        value = copy.deepcopy(chance.choice(_VALUES))
        if isinstance(place, list):
            place[chance.randrange(len(place))] = value
            continue
        key = chance.choice([*place, chance.choice(_KEYS)])
        match chance.randrange(4):
            case 0:
                place.pop(key, None)
            case 1:
                place[chance.choice(_KEYS)] = place.get(key, value)
            case _:
                place[key] = value
    return written


def _each_other(whole: Written) -> Iterator[Written]:
    """Every value, however deep, gone or replaced by each of all others."""
    for number, place in enumerate(_places(whole)):
        for key in range(len(place)) if isinstance(place, list) else list(place):
            for value in _VALUES:
                other = copy.deepcopy(whole)
                list(_places(other))[number][key] = copy.deepcopy(value)
                yield other
            other = copy.deepcopy(whole)
            del list(_places(other))[number][key]
            yield other


def _is_read(written: Written) -> bool:
    try:
        Document.of(written)
    except ValueError:
        return False
    return True


def _form(written: Written) -> Form | None:
    try:
        return Form.model_validate(written)
    except ValidationError:
        return None


def test_what_is_run_is_what_the_format_allows() -> None:
    chance = random.Random(7)
    seeds = [*_seeds(), WHOLE]
    others = list(_each_other(WHOLE))
    tried = [*seeds, *others, *(_mutated(chance.choice(seeds), chance) for _ in range(_MUTATIONS))]
    read, refused = 0, 0
    for written in tried:
        form, is_read = _form(written), _is_read(written)
        assert form is not None or not is_read, written
        if form is not None:  # where it was only written in another way, it is read in the usual one
            assert _is_read(form.model_dump(mode="json", by_alias=True, exclude_unset=True)), written
        read, refused = read + is_read, refused + (form is None)
    assert min(read, refused) > _MUTATIONS / 10, "both kinds are tried"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_good_one_is_read_at_once(case: Any) -> None:
    assert _is_read(case.file)
