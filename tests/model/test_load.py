from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from seatrial.model.load import Load

REQUESTS = [{"path": "/"}]
BASE: dict[str, Any] = {"host": "http://127.0.0.1:1", "requests": REQUESTS}


def test_a_load_as_people_write_it() -> None:
    load = Load.model_validate(
        {
            "locustfile": "shop_load.py",
            "profile": [{"rate": "50/s", "for": "30 s"}, {"rate": "50/s", "to": "6000/min", "for": "1 min"}],
            "arrivals": "poisson",
            "request_timeout": "2 s",
            "warm_up": "10 s",
        }
    )
    assert load.profile is not None
    assert [(step.rate, step.to, step.for_s) for step in load.profile] == [(50, None, 30), (50, 100, 60)]
    assert load.is_open
    assert load.generators == 1
    assert (load.request_timeout, load.warm_up) == (2, 10)
    assert Load.model_validate_json(load.model_dump_json(by_alias=True)) == load


def test_the_locust_file_is_beside_the_experiment() -> None:
    load = Load.model_validate({"locustfile": "load/user.py", "users": 3})
    assert load.resolved(Path("/experiments/shop")).locustfile == Path("/experiments/shop/load/user.py")
    absolute = Load.model_validate({"locustfile": "/abs/user.py", "users": 3})
    assert absolute.resolved(Path("/experiments")).locustfile == Path("/abs/user.py")
    assert Load.model_validate({**BASE, "users": 3}).resolved(Path("/x")).locustfile is None


def test_workers_are_counted() -> None:
    assert Load.model_validate({**BASE, "rate": "1/s", "processes": 3}).generators == 3
    assert Load.model_validate({**BASE, "rate": "1/s", "workers": {"expect": 5}}).generators == 5


def test_a_request_is_named_by_its_path_unless_told() -> None:
    load = Load.model_validate(
        {**BASE, "requests": [{"path": "/a"}, {"path": "/b", "name": "bee"}], "users": 1}
    )
    assert load.requests is not None
    assert [one.label for one in load.requests] == ["/a", "bee"]


@pytest.mark.parametrize(
    ("load", "said"),
    [
        ({"rate": "1/s"}, "exactly one of them"),
        ({**BASE, "locustfile": "a.py", "rate": "1/s"}, "exactly one of them"),
        (BASE, "exactly one of `rate: 100/s`"),
        ({**BASE, "rate": "1/s", "users": 3}, "there are `rate` and `users`"),
        ({"requests": REQUESTS, "rate": "1/s"}, "need a `host`"),
        ({"requests": REQUESTS, "host": "127.0.0.1:80", "rate": "1/s"}, "need a `host`"),
        ({**BASE, "requests": [], "rate": "1/s"}, "at least 1 item"),
        ({**BASE, "requests": [{"path": "x"}], "rate": "1/s"}, "pattern"),
        ({**BASE, "requests": [{"path": "/", "body": "a", "json": 1}], "rate": "1/s"}, "not both"),
        ({**BASE, "user_classes": ["A"], "rate": "1/s"}, "`user_classes` choose from a `locustfile`"),
        ({"locustfile": "a,b.py", "rate": "1/s"}, "comma"),
        ({**BASE, "shape": True}, "needs a `locustfile`"),
        ({**BASE, "rate": "1/s", "spawn_rate": "1/s"}, "belongs to `users`"),
        ({**BASE, "users": 3, "arrivals": "poisson"}, "belong to the open model"),
        ({**BASE, "rate": "1/s", "processes": 2, "workers": {"expect": 2}}, "remove one"),
        ({**BASE, "rate": "1/s", "processes": 65}, "less than or equal to 64"),
        ({**BASE, "rate": "1/s", "request_timeout": "0 s"}, "above 0"),
        ({**BASE, "profile": [{"rate": "1/s", "for": "0 s"}]}, "above 0"),
        ({**BASE, "profile": []}, "at least 1 item"),
        ({**BASE, "rate": 100}, "write it with its unit"),
        ({**BASE, "rate": "1/s", "usres": 3}, "Extra inputs"),
    ],
)
def test_a_wrong_load_is_told_what_to_do(load: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Load.model_validate(load)
