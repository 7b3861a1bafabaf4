"""Which faults of an experiment take part: all, but of each group only the one that the seed chooses."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seatrial.model.fault import Fault


@dataclass(frozen=True)
class Chosen:
    """A fault that takes part."""

    index: int
    """Its place in the file, from 0."""
    fault: Fault
    one_of: tuple[str, ...] = ()
    """The actions of its group, where it was chosen out of one."""


def chosen_faults(faults: Sequence[Fault], seed: int) -> Iterator[Chosen]:
    """In the order of the file; the same for the same seed."""
    groups: dict[str, list[int]] = {}
    for index, fault in enumerate(faults):
        if fault.one_of is not None:
            groups.setdefault(fault.one_of, []).append(index)
    chosen = {name: _one(members, f"{seed}/one_of/{name}") for name, members in groups.items()}
    for index, fault in enumerate(faults):
        if fault.one_of is None:
            yield Chosen(index, fault)
        elif chosen[fault.one_of] == index:
            yield Chosen(index, fault, tuple(faults[member].action for member in groups[fault.one_of]))


def _one(members: Sequence[int], seed: str) -> int:
    return members[random.Random(seed).randrange(len(members))]
