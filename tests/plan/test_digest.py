"""A plan's hash: the same for the same, another for anything else, so that an approval means one plan."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import JsonValue

from seatrial.cli.plan import plan as command_plan
from seatrial.errors import InvalidInput
from seatrial.plan.plan import Plan
from seatrial.plan.resolve import make_plan
from seatrial.testing.recording_action import RecordingAction
from tests.run.runs import TESTING_PACK, written

ADDRESSES = [f"127.0.0.1:{port}" for port in range(1, 8)]


def experiment(addresses: Sequence[str] = ADDRESSES, **more: JsonValue) -> dict[str, JsonValue]:
    return {
        "title": "Digest",
        "hypothesis": "The same is the same.",
        "slis": {"it": {"scripted": {"script": {"0 s": 1}}, "objective": "== 1"}},
        "faults": [
            {
                "action": "testing.marker",
                "with": {"folder": "/nowhere"},
                "targets": {"endpoint": {"addresses": list(addresses)}},
                "stages": [3],
                "for": "10 s",
            }
        ],
        "blast_radius": {"max_targets": 3, "max_share": "100%", "max_duration": "1 min"},
        **more,
    }


def plan(folder: Path, seed: int = 1, **more: JsonValue) -> Plan:
    return make_plan(written(folder, experiment(**more)), seed)  # type: ignore[arg-type]


def test_the_same_seed_and_population_give_the_same_hash(tmp_path: Path) -> None:
    assert plan(tmp_path).digest == plan(tmp_path).digest


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"addresses": ADDRESSES[:-1]},
        {"addresses": [*ADDRESSES, "127.0.0.1:9"]},
        {"title": "Another"},
        {"baseline": "31 s"},
        {"guard_false_stop": "2%"},
        {"stop_when": ["it > 3"]},
        {"settle": "6 s"},
        {"requires": {"other": {"scripted": {"script": {"0 s": 1}}, "objective": "== 1"}}},
    ],
    ids=str,
)
def test_anything_else_gives_another(tmp_path: Path, change: dict[str, JsonValue]) -> None:
    assert plan(tmp_path).digest != plan(tmp_path, **change).digest  # type: ignore[arg-type]


def test_another_locust_file_gives_another_hash(tmp_path: Path) -> None:
    locustfile = tmp_path / "load.py"
    load: JsonValue = {"locustfile": str(locustfile), "host": "http://127.0.0.1:1", "rate": "1/s"}
    digests = set()
    for text in ("# one\n", "# two\n", "# two\n"):
        locustfile.write_text(text)
        digests.add(plan(tmp_path, load=load).digest)
    assert len(digests) == 2


def test_the_command_prints_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`seatrial plan --json`, twice: byte for byte, with the hash of everything beside it."""
    written(tmp_path, experiment())

    def printed(seed: int) -> str:
        command_plan(
            tmp_path / "experiment.json",
            packs=[TESTING_PACK],
            seed=seed,
            runs=tmp_path / "runs",
            as_json=True,
        )
        return capsys.readouterr().out

    first = printed(7)
    assert first == printed(7)
    told = json.loads(first)
    assert told.pop("hash") == Plan.model_validate(told).digest
    assert json.loads(printed(8))["hash"] != json.loads(first)["hash"]


def test_what_an_action_says_of_itself_is_as_the_journal_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RecordingAction, "timeout_s", 60)  # not 60.0
    made = plan(tmp_path)
    assert Plan.model_validate_json(made.model_dump_json()).digest == made.digest


@pytest.mark.parametrize("said", [None, 5, object(), float("nan")], ids=["nothing", "a number", "it", "NaN"])
def test_what_no_journal_could_hold_is_refused_before_anything_is_hit(
    said: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RecordingAction, "describe_undo", lambda _: said)
    with pytest.raises(InvalidInput, match="the plan cannot be written down"):
        plan(tmp_path)
