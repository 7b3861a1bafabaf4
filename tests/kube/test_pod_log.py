"""A pod's log is read without doubles, and a gap is known."""

import json

from seatrial.kube.pod_log import PodLog

STAMP = "2026-11-28T10:00:00.000000001Z"


def line(seq: int) -> bytes:
    return f"{STAMP} {json.dumps({'seq': seq, 'what': seq * 10})}\n".encode()


def test_a_line_is_taken_once_and_a_gap_is_known() -> None:
    log = PodLog()
    assert [log.take(line(seq)) for seq in (0, 1, 0, 1)][2:] == [None, None], "told again after a break"
    after_a_gap = log.take(line(4))
    assert after_a_gap == ({"seq": 4, "what": 40}, 2)
    assert log.take(line(5)) == ({"seq": 5, "what": 50}, 0)
    assert log.since == STAMP


def test_what_is_no_such_line_are_words_and_only_the_last_are_kept() -> None:
    log = PodLog()
    for number in range(20):
        assert log.take(f"{STAMP} word {number}\n".encode()) is None
    assert log.take(b"\xff\xfe\n") is None
    assert len(log.words) == 12
    assert log.words[-2] == "word 19"
