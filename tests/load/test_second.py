from seatrial import histogram
from seatrial.load.second import LoadSecond, RequestSecond
from seatrial.reading import Latency, Ratio, Unknown


def of(*latencies_us: int, failed: int = 0) -> RequestSecond:
    encoded = histogram.encode(histogram.of_counts(dict.fromkeys(latencies_us, 1)))
    return RequestSecond(latency=encoded, total=len(latencies_us), failed=failed)


SECOND = LoadSecond(
    second_unix=1_800_000_000, requests={"read": of(1000, 2000, 3000, failed=1), "buy": of(9000)}
)


def test_readings_of_one_name_and_of_all() -> None:
    assert SECOND.ratio() == Ratio(good=3, total=4)
    assert SECOND.ratio("read") == Ratio(good=2, total=3)
    assert SECOND.ratio("unheard of") == Ratio(good=0, total=0)
    assert SECOND.error_ratio("read") == 1 / 3
    assert SECOND.throughput_per_s() == 4
    assert SECOND.throughput_per_s("buy") == 1
    latency = SECOND.latency(0.5)
    assert isinstance(latency, Latency)
    assert latency.decoded.get_total_count() == 4
    of_buy = SECOND.latency(0.95, "buy")
    assert isinstance(of_buy, Latency)
    assert of_buy.histogram == SECOND.requests["buy"].latency


def test_nothing_ended_is_unknown_and_not_zero() -> None:
    empty = LoadSecond(second_unix=1)
    assert isinstance(empty.latency(0.5), Unknown)
    assert isinstance(SECOND.latency(0.5, "unheard of"), Unknown)
    assert empty.error_ratio() is None
    assert empty.ratio() == Ratio(good=0, total=0)


def test_service_falls_back_to_latency() -> None:
    assert (
        SECOND.service("buy").get_max_value()
        == histogram.decode(SECOND.requests["buy"].latency).get_max_value()
    )


def test_it_reads_back_from_json() -> None:
    assert LoadSecond.model_validate_json(SECOND.model_dump_json()) == SECOND
