"""hdr_log: HdrHistogram's own reader finds in it all that the journal knows of the load."""

from collections import Counter
from pathlib import Path
from urllib.parse import unquote

from hdrh.log import HistogramLogReader

from seatrial import histogram
from seatrial.journal.reader import read_journal
from seatrial.pack import load_packs
from seatrial.record import RunRecord, record_of
from seatrial.testing.journals import Story, make_journal
from tests.verdict.records import MadeUp, plan, ratio, sli, steady


def rendered(record: RunRecord, folder: Path) -> Path:
    report = load_packs().reports["hdr_log"]()
    path = folder / report.file_name
    path.write_text(report.render(record), encoding="ascii")
    return path


def totals(path: Path) -> Counter[str]:
    """By request name, as the official reader sees it."""
    reader = HistogramLogReader(str(path), histogram.new())
    found: Counter[str] = Counter()
    while (one := reader.get_next_interval_histogram()) is not None:
        found[unquote(one.get_tag())] += one.get_total_count()
    reader.close()
    return found


def test_the_official_reader_sums_to_the_journal(tmp_path: Path) -> None:
    record = record_of(read_journal(make_journal(tmp_path, outcome=Story.GUARD, minutes=0.5, words="ä, %")))
    expected: Counter[str] = Counter()
    for _, second in record.load:
        for name, one in second.requests.items():
            expected[name] += one.total
    assert expected.total() > 500
    assert len(expected) == 3
    assert totals(rendered(record, tmp_path)) == expected


def test_times_are_those_of_the_run(tmp_path: Path) -> None:
    record = record_of(read_journal(make_journal(tmp_path, minutes=0.5)))
    reader = HistogramLogReader(str(rendered(record, tmp_path)), histogram.new())
    first = reader.get_next_interval_histogram()
    begin_unix = record.load[0][1].second_unix
    assert first is not None
    assert first.get_start_time_stamp() == begin_unix * 1000
    assert first.get_end_time_stamp() == begin_unix * 1000 + 1000
    reader.close()


def test_without_load_the_log_has_only_its_head(tmp_path: Path) -> None:
    record = MadeUp(plan([sli()]), {"availability": steady(ratio())}).record(tmp_path)
    path = rendered(record, tmp_path)
    assert path.read_text().startswith("#[Histogram log format version 1.3]\n")
    assert totals(path) == Counter()
