"""The journal: chained, whole after a crash, one owner at a time, honest about what it could not write."""

import errno
import fcntl
import os
import threading
from contextlib import closing
from pathlib import Path

import pytest

from seatrial.errors import StoreError
from seatrial.journal.entries import Noted, RunEnded
from seatrial.journal.reader import read_journal
from seatrial.journal.writer import JournalWriter

ENDED = RunEnded(outcome="passed", exit_code=0, summary="ok")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def written(path: Path, count: int = 3) -> bytes:
    journal = JournalWriter.create(path)
    for number in range(count):
        journal.append(Noted(text=f"line {number}"))
    journal.close()
    return path.read_bytes()


def test_it_reads_what_was_written(path: Path) -> None:
    written(path)
    journal = read_journal(path)
    assert [entry.text for entry in journal.all(Noted)] == ["line 0", "line 1", "line 2"]
    assert journal.torn_bytes == 0
    assert not path.with_name("journal.reserve").exists()


@pytest.mark.parametrize("bytes_lost", range(1, 60, 7))
def test_a_torn_tail_is_dropped_wherever_it_tore(path: Path, bytes_lost: int) -> None:
    raw = written(path)
    path.write_bytes(raw[:-bytes_lost])
    journal = read_journal(path)
    assert len(journal.raw_lines) == 2
    assert journal.whole_bytes + journal.torn_bytes == len(raw) - bytes_lost


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"line 1", b"line X"), (b'"n":1', b'"n":7')],
    ids=["a-text", "a-number"],
)
def test_a_change_is_found_and_its_line_named(path: Path, old: bytes, new: bytes) -> None:
    path.write_bytes(written(path).replace(old, new))
    with pytest.raises(StoreError, match=r"journal\.jsonl:[23] does not follow from the line before"):
        read_journal(path)


def test_a_line_that_is_missing_is_found(path: Path) -> None:
    lines = written(path).splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with pytest.raises(StoreError, match=r"journal\.jsonl:2 does not follow"):
        read_journal(path)


def test_one_owner_at_a_time(path: Path) -> None:
    journal = JournalWriter.create(path)
    journal.append(Noted(text="mine"))
    with pytest.raises(BlockingIOError):
        JournalWriter.take_over(path)
    journal.close()
    journal.close()  # once more does no harm


def test_a_mere_look_at_the_lock_keeps_nobody_out(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    threading.Timer(0.1, os.close, [descriptor]).start()
    path_of_another = path.with_name("another.jsonl")
    JournalWriter.create(path_of_another).close()
    with pytest.raises(BlockingIOError):
        JournalWriter.take_over(path)  # longer than a look


def test_nothing_follows_the_end(path: Path) -> None:
    journal = JournalWriter.create(path)
    journal.append(ENDED)
    journal.append(Noted(text="late"))
    journal.close()
    assert read_journal(path).kinds == ["run_ended"]


def test_a_display_that_breaks_is_left_out(path: Path) -> None:
    journal = JournalWriter.create(path)
    seen: list[str] = []

    def broken(t_s: float, entry: object) -> None:
        raise OSError(errno.EIO, "the terminal is gone")

    journal.watch(broken)
    journal.watch(lambda _, entry: seen.append(entry.kind))
    journal.append(Noted(text="one"), Noted(text="two"))
    journal.close()
    assert seen == ["noted", "noted"]
    assert len(journal.lost_watchers) == 1


def test_a_display_sees_no_secret(path: Path) -> None:
    journal = JournalWriter.create(path, {"TOKEN": "hunter22"})
    seen: list[object] = []
    journal.watch(lambda _, entry: seen.append(entry))
    journal.append(Noted(text="password hunter22"))
    journal.close()
    assert seen == [Noted(text="password ${env:TOKEN}")]
    assert b"hunter22" not in path.read_bytes()


def test_what_cannot_be_written_is_kept_in_mind(path: Path) -> None:
    journal = JournalWriter.create(path)
    journal.append(Noted(text="before"))
    os.close(journal._descriptor)
    journal._descriptor = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(StoreError, match=r"cannot be written: "):
        journal.append(Noted(text="lost"))
    journal.append_if_possible(Noted(text="lost"))
    assert len(journal.lost) == 1
    whole = read_journal(path).extended(journal.unwritten)
    assert [entry.text for entry in whole.all(Noted)] == ["before", "lost"]
    journal.close()


def test_what_is_read_again_is_what_it_is_by_now(path: Path) -> None:
    with closing(JournalWriter.create(path)) as writer:
        writer.append(Noted(text="first"))
        seen = read_journal(path)
        (first,) = seen.lines
        writer.append(Noted(text="second"))
    again = seen.again()
    assert again.lines == read_journal(path).lines
    assert again.lines[0] is first


def test_another_journal_in_its_place_is_read_as_it_is(path: Path) -> None:
    with closing(JournalWriter.create(path)) as writer:
        writer.append(Noted(text="first"))
    seen = read_journal(path)
    assert len(seen.lines) == 1
    path.unlink()
    with closing(JournalWriter.create(path)) as writer:
        writer.append(Noted(text="another"))
    assert seen.again().lines == read_journal(path).lines
