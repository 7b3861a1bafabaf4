"""What goes to the cluster, and what comes back."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from seatrial.errors import InvalidInput
from seatrial.in_cluster.bringing import Bringing
from seatrial.in_cluster.bundle import packed, unpack
from seatrial.in_cluster.job import Place, RunOrder, cron_job, job, secret
from seatrial.in_cluster.pod import Journals, Lines
from seatrial.store import Store

PLACE = Place(namespace="chaos", name="run", image="seatrial:1", account="seatrial")


def test_the_files_of_a_pack_and_nothing_of_its_runs(tmp_path: Path) -> None:
    for name in ("experiments/one.yaml", "probes/mine.py", "runs/x/journal.json", "notes.bin"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    content = packed(tmp_path / "experiments/one.yaml", tmp_path)
    assert content == packed(tmp_path / "experiments/one.yaml", tmp_path)
    unpack(content, tmp_path / "there")
    found = {
        str(one.relative_to(tmp_path / "there")) for one in (tmp_path / "there").rglob("*") if one.is_file()
    }
    assert found == {"experiments/one.yaml", "probes/mine.py"}


def test_without_a_pack_the_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("1")
    (tmp_path / "locustfile.py").write_text("2")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper/other.yaml").write_text("3")
    unpack(packed(tmp_path / "one.yaml", None), tmp_path / "there")
    assert {one.name for one in (tmp_path / "there").iterdir()} == {"one.yaml", "locustfile.py"}


def test_too_much_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("1")
    (tmp_path / "data.csv").write_bytes(bytes(hash((n, 1)) % 251 for n in range(2_000_000)))
    with pytest.raises(InvalidInput, match="too large for a Secret"):
        packed(tmp_path / "one.yaml", None)


def test_an_archive_leads_nowhere_else(tmp_path: Path) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        info = tarfile.TarInfo("../outside")
        archive.addfile(info, io.BytesIO(b""))
    with pytest.raises(tarfile.FilterError):
        unpack(raw.getvalue(), tmp_path / "in")
    assert not (tmp_path / "outside").exists()


def test_journals_come_back_byte_by_byte_whatever_the_pieces(tmp_path: Path) -> None:
    there, log = tmp_path / "there", io.BytesIO()
    (there / "20261128T1-a").mkdir(parents=True)
    lines, journals, written = Lines(log), Journals(there), b""
    with (there / "20261128T1-a/journal.jsonl").open("wb") as file:
        for number in range(50):
            piece = json.dumps({"n": number, "text": "x" * number * 7}).encode()
            file.write(piece)
            file.flush()
            written += piece
            for run, z in journals.news():
                lines.write(run=run, z=z)
    with Bringing(Store(tmp_path / "here")) as bringing:
        for line in log.getvalue().splitlines():
            assert len(line) < 16 * 1024
            bringing.take(json.loads(line))
        (run_brought,) = bringing.runs
        assert run_brought.is_held(), "while it comes, nobody takes it for a dead run"
    assert run_brought.journal_path.read_bytes() == written
    assert [json.loads(line)["seq"] for line in log.getvalue().splitlines()] == list(range(50))


def test_a_run_cannot_write_elsewhere(tmp_path: Path) -> None:
    with Bringing(Store(tmp_path / "here")) as bringing:
        bringing.take({"run": "../../etc/x", "z": ""})
    assert [one.name for one in (tmp_path / "here").iterdir()] == ["x"]


def test_jobs_run_under_restricted_security_and_are_told_by_a_secret_of_their_own() -> None:
    order = RunOrder(file="one.yaml", environment={"TOKEN": "hush"})
    told = secret(PLACE, order, b"files", {"uid": "u"})
    assert told["metadata"]["ownerReferences"] == [{"uid": "u"}]
    assert "hush" not in json.dumps(job(PLACE))
    pod = cron_job(PLACE, "0 9 * * 1")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod == job(PLACE)["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"]
