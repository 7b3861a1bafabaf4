"""Faults among which the seed chooses, and faults that would be in each other's way."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.cli.plan import readable
from seatrial.files.checked import checked
from seatrial.plan.plan import Plan
from seatrial.plan.resolve import make_plan
from tests.plan.test_digest import experiment
from tests.run.runs import TESTING_PACK, written


def fault(address: str, folder: str = "/nowhere", **more: JsonValue) -> dict[str, JsonValue]:
    targets: JsonValue = {"endpoint": {"addresses": [address]}}
    given: JsonValue = {"folder": folder}
    return {"action": "testing.marker", "with": given, "targets": targets, "for": "10 s", **more}


ONE_OF: list[JsonValue] = [
    fault("127.0.0.1:1"),
    fault("127.0.0.1:2", one_of="surprise"),
    fault("127.0.0.1:3", one_of="surprise", **{"for": "20 s"}),
    fault("127.0.0.1:4", one_of="surprise"),
    fault("127.0.0.1:5"),
]


def plan(folder: Path, faults: list[JsonValue], seed: int = 1) -> Plan:
    return make_plan(written(folder, experiment(faults=faults)), seed)


def plans(folder: Path, faults: list[JsonValue], seeds: int) -> list[Plan]:
    file = written(folder, experiment(faults=faults))
    return [make_plan(file, seed) for seed in range(seeds)]


def test_one_of_a_group_and_all_that_are_in_none(tmp_path: Path) -> None:
    all_plans = plans(tmp_path, ONE_OF, 60)
    chosen = Counter(tuple(one.index for one in made.faults) for made in all_plans)
    assert set(chosen) == {(0, 1, 4), (0, 2, 4), (0, 3, 4)}
    assert min(chosen.values()) > 8, "each about as often"
    assert all(made.fault(4).targets[0].id == "f4.t0" for made in all_plans)
    for made in all_plans:
        middle = made.faults[1]
        assert middle.one_of == ("testing.marker",) * 3
        assert [one.starts_at_s for one in made.faults] == [0, 10, 10 + middle.hold_s], (
            "no time for the others"
        )
        assert "chosen   by the seed out of testing.marker, testing.marker" in readable(made)


def test_the_same_seed_chooses_the_same_and_the_hash_tells(tmp_path: Path) -> None:
    assert plan(tmp_path, ONE_OF, 5).digest == plan(tmp_path, ONE_OF, 5).digest
    by_choice = {made.faults[1].index: made.digest for made in plans(tmp_path, ONE_OF, 20)}
    assert len(set(by_choice.values())) == 3


def test_groups_are_chosen_from_one_by_one(tmp_path: Path) -> None:
    faults: list[JsonValue] = [
        fault(f"127.0.0.1:{port}", one_of=group) for port, group in enumerate("aabb", start=1)
    ]
    chosen = {tuple(one.index for one in made.faults) for made in plans(tmp_path, faults, 60)}
    assert chosen == {(0, 2), (0, 3), (1, 2), (1, 3)}


def test_only_what_is_chosen_counts_for_caps(tmp_path: Path) -> None:
    faults: list[JsonValue] = [
        fault("127.0.0.1:1", one_of="g", **{"for": length}) for length in ("9 s", "59 s")
    ]
    lengths = {made.blast and made.blast.duration_s: made.refusals for made in plans(tmp_path, faults, 20)}
    assert lengths == {9: (), 59: ()}


def test_a_group_of_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "experiment.json"
    path.write_text(json.dumps(experiment(faults=[fault("127.0.0.1:1", one_of="alone")])))
    (warning,) = checked(path, packs=[TESTING_PACK]).warnings
    assert "`alone` is the group of this fault alone" in str(warning)


def on_this_process(action: str, at: str, **given: JsonValue) -> JsonValue:
    targets: JsonValue = {"process": {"pid": os.getpid()}}
    return {"action": action, "with": given, "targets": targets, "at": at, "for": "10 s"}


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        (("process.renice", {"niceness": 5}), ("process.renice", {"niceness": 9}), True),
        (("process.freeze", {}), ("process.cpu_limit", {"cores": 1}), True),
        (("process.pause", {}), ("process.freeze", {}), True),
        (("process.renice", {}), ("process.cpu_limit", {"cores": 1}), False),
        (("process.pause", {}), ("process.kill", {}), False),
    ],
)
def test_overlapping_faults_in_each_others_way(
    one: tuple[str, dict[str, JsonValue]],
    other: tuple[str, dict[str, JsonValue]],
    are: bool,
    tmp_path: Path,
) -> None:
    def said(at: str) -> bool:
        faults = [on_this_process(one[0], "0 s", **one[1]), on_this_process(other[0], at, **other[1])]
        return "at the same time: let one begin" in "\n".join(plan(tmp_path, faults).refusals)

    assert said("5 s") is are
    assert not said("10 s"), "one after the other is no overlap"


def test_faults_on_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")

    def changes(action: str, name: str) -> JsonValue:
        given: JsonValue = {"path": str(tmp_path / name)}
        return {"action": action, "with": given, "targets": {"host": {}}, "at": "0 s", "for": "9 s"}

    refused = plan(tmp_path, [changes("file.truncate", "a"), changes("file.permission", "link")]).refusals
    assert f"would both change the file {tmp_path}/a at the same time" in "\n".join(refused)
    assert plan(tmp_path, [changes("file.missing", "link"), changes("file.permission", "a")]).refusals == ()
