"""What users write under `load:`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    JsonValue,
    PositiveInt,
    model_validator,
)

from seatrial.model.base import Model
from seatrial.model.fields import Duration, Rate


def _positive_s(seconds: float) -> float:
    if seconds <= 0:
        raise ValueError("write a duration above 0, such as `30 s`")
    return seconds


PositiveDuration = Annotated[Duration, AfterValidator(_positive_s)]


class Request(Model):
    """One kind of request, for load that needs no Locust file."""

    path: str = Field(pattern=r"^/")
    """Path and query, appended to `host`."""
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    name: str = ""
    """The name in reports and SLIs; the path by default."""
    weight: PositiveInt = 1
    """How often this request is chosen, relative to the others."""
    headers: Mapping[str, str] = Field(default_factory=dict)
    body: str | None = None
    """Sent as it is."""
    json_body: JsonValue = Field(default=None, alias="json")
    """Sent as JSON, with the matching Content-Type."""
    expect_status: tuple[int, ...] = ()
    """The status codes that count as success; without it every code below 400 does."""

    model_config = ConfigDict(populate_by_name=True)

    @model_validator(mode="after")
    def _one_body(self) -> "Request":
        if self.body is not None and self.json_body is not None:
            raise ValueError("a request has a `body` or a `json`, not both: remove one")
        return self

    @property
    def label(self) -> str:
        """The name under which this request is counted."""
        return self.name or self.path


class Step(Model):
    """A part of a load profile: a steady rate, or a ramp from `rate` to `to`."""

    rate: Rate
    to: Rate | None = None
    """Ramp linearly to this rate within the step."""
    for_s: PositiveDuration = Field(alias="for")
    """How long the step lasts; the rate at the end of the last one holds until the run ends."""

    model_config = ConfigDict(populate_by_name=True)


class Workers(Model):
    """Load from elsewhere: `seatrial worker --master HOST:PORT` on other machines, or pods of a cluster."""

    expect: int | None = Field(default=None, ge=1, le=1000)
    """How many workers of other machines must have connected before the load starts."""
    kubernetes: int | None = Field(default=None, ge=1, le=1000)
    """How many pods send load, as a Job that is gone with the run; only the API has to reach them."""
    namespace: str = "default"
    """Of these pods."""
    image: str | None = None
    """Of these pods: one with Seatrial of this very version; without it SEATRIAL_IMAGE, else
    `seatrial:VERSION`."""
    kubeconfig: Path | None = None
    """Where their cluster is; without it KUBECONFIG, else the usual file, else this pod's own cluster."""
    context: str | None = None
    """The context of the kubeconfig; without it the current one."""
    bind: str = "127.0.0.1"
    """The address on which workers are awaited; nothing but this machine can reach the default."""
    port: int = Field(default=5557, ge=0, le=65535)
    """0 takes a free port."""
    connect_within: PositiveDuration = 60.0

    @model_validator(mode="after")
    def _one_place(self) -> "Workers":
        if (self.expect is None) == (self.kubernetes is None):
            raise ValueError(
                "say where the workers are: `expect: 3` of other machines, or `kubernetes: 3` pods"
            )
        return self

    @property
    def count(self) -> int:
        """How many there are."""
        return self.expect or self.kubernetes or 0


class Load(Model):
    """Traffic for the whole run: what is sent, how much of it, and from where."""

    locustfile: Path | None = None
    """A Locust file, used as it is; relative to the experiment file."""
    requests: tuple[Request, ...] | None = Field(default=None, min_length=1)
    """Simple requests, where no Locust file is needed."""
    host: str = ""
    """Base URL, such as `http://127.0.0.1:8080`; a Locust file may bring its own."""
    user_classes: tuple[str, ...] = ()
    """Only these user classes of the Locust file."""

    rate: Rate | None = None
    """Open model: this many arrivals a second, however slow the answers are."""
    profile: tuple[Step, ...] | None = Field(default=None, min_length=1)
    """Open model in steps and ramps."""
    arrivals: Literal["constant", "poisson"] = "constant"
    """Open model: evenly spaced, or random and independent as real visitors are."""
    max_in_flight: int = Field(default=1000, ge=1, le=100_000)
    """Open model: arrivals beyond this many unanswered ones are dropped, counted and told."""

    users: int | None = Field(default=None, ge=1, le=1_000_000)
    """Closed model, as in plain Locust: a fixed number of users, each waiting for its answer.
    It sends less when the system slows down, and so hides how many would have been hit."""
    spawn_rate: Rate | None = None
    """Closed model: users started a second; all within a second by default, at most 100/s."""
    shape: bool = False
    """Closed model, steered by the LoadTestShape in the Locust file."""

    processes: int = Field(default=1, ge=1, le=64)
    """Locust processes on this machine, one core each."""
    workers: Workers | None = None
    request_timeout: PositiveDuration = 30.0
    """After this a request has failed (HttpUser, FastHttpUser, requests)."""
    warm_up: Duration = 0.0
    """Load before anything is judged: caches fill, pools open."""
    environment: Mapping[str, str] = Field(default_factory=dict)
    """Environment variables for the Locust process."""

    @model_validator(mode="after")
    def _one_source(self) -> "Load":
        if (self.locustfile is None) == (self.requests is None):
            raise ValueError("give either `locustfile: FILE.py` or a list of `requests`, exactly one of them")
        if self.requests is not None and not self.host.startswith(("http://", "https://")):
            raise ValueError("`requests` need a `host`, such as `host: http://127.0.0.1:8080`")
        if self.requests is not None and self.user_classes:
            raise ValueError("`user_classes` choose from a `locustfile`: remove them, or give the file")
        if self.locustfile is not None and "," in str(self.locustfile):
            raise ValueError("Locust reads a comma as the end of a file name: rename the `locustfile`")
        return self

    @model_validator(mode="after")
    def _one_model(self) -> "Load":
        given = [
            key
            for key, there in {
                "rate": self.rate is not None,
                "profile": self.profile is not None,
                "users": self.users is not None,
                "shape": self.shape,
            }.items()
            if there
        ]
        if len(given) != 1:
            raise ValueError(
                "say how much load with exactly one of `rate: 100/s`, `profile:`, `users: 20`, `shape: true`"
                + (f"; there are {' and '.join(f'`{key}`' for key in given)}" if given else "")
            )
        if self.shape and self.locustfile is None:
            raise ValueError("`shape: true` needs a `locustfile` with a LoadTestShape: give the file")
        if self.spawn_rate is not None and self.users is None:
            raise ValueError("`spawn_rate` belongs to `users`: remove it")
        if "arrivals" in self.model_fields_set and not self.is_open:
            raise ValueError("`arrivals` belong to the open model: use `rate` or `profile`, or remove it")
        return self

    @model_validator(mode="after")
    def _one_place(self) -> "Load":
        if self.workers is not None and self.processes > 1:
            raise ValueError("load comes from `processes` here or from `workers` elsewhere: remove one")
        if self.workers is not None and self.workers.kubernetes is not None:
            if self.shape:
                raise ValueError(
                    "a LoadTestShape steers one process: use `rate`, `profile` or `users` in pods"
                )
            if self.users is not None and self.users < self.workers.kubernetes:
                raise ValueError(f"{self.users} users cannot be shared by {self.workers.kubernetes} pods")
        return self

    @property
    def is_open(self) -> bool:
        """Whether arrivals follow a schedule, whatever the system answers."""
        return self.rate is not None or self.profile is not None

    @property
    def generators(self) -> int:
        """How many worker processes send load and report every second."""
        return self.workers.count if self.workers is not None else self.processes

    def resolved(self, folder: Path) -> "Load":
        """A copy whose Locust file is absolute, relative paths being taken from `folder`."""
        if self.locustfile is None:
            return self
        return self.model_copy(update={"locustfile": (folder / self.locustfile.expanduser()).resolve()})
