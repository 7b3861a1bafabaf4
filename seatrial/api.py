"""All that a pack may import: everything a probe, an action or a report is made of."""

from importlib import import_module
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue, field_validator, model_validator

from seatrial import services
from seatrial.action import (
    Action,
    AlsoHits,
    Changes,
    HasDoubts,
    Lease,
    NeedsMachine,
    NeedsPrivileges,
    Refuses,
    TakesEffect,
)
from seatrial.errors import Fatal, ForeignChange, InvalidInput, Retryable
from seatrial.held.hold import end_held, held, hold
from seatrial.held.holding import Held, Holding, seconds_to_take
from seatrial.held.launching import Launch, Launching
from seatrial.json_path import NO_SCALAR, Pick, as_scalar, json_picker
from seatrial.kernel import namespaces
from seatrial.kernel.filtering import Filtering, Table
from seatrial.kernel.namespaces import Namespace
from seatrial.kernel.shaping import Queue, Shaping
from seatrial.load.second import LoadSecond
from seatrial.model.base import Model
from seatrial.model.units import Bandwidth, Bytes, Duration, Rate, Share, format_bytes, format_duration
from seatrial.net.access import HttpAccess, Url
from seatrial.net.connect import connect
from seatrial.net.fetch import Answer, fetch
from seatrial.net.reasons import Unanswered
from seatrial.paused_gc import paused_gc
from seatrial.probe import FromLoad, Measure, Probe, Reader, SparseReader, Survey
from seatrial.prometheus.asking import AsksPrometheus
from seatrial.proxy.faults import Distribution, Stream
from seatrial.proxy.http_proxying import ContentHeader, ContentHeaders, HttpProxying
from seatrial.proxy.proxying import Proxying
from seatrial.proxy.redirecting import Proxied
from seatrial.proxy.resolving import Ip, Resolving
from seatrial.reading import Latency, Observed, Ratio, Reading, Scalar, Unknown, Value
from seatrial.report import Report
from seatrial.series.asked import Asked
from seatrial.series.increments import Scrape
from seatrial.series.page import Page, check_page, names_on_page, read_page, scrape_of
from seatrial.series.readings import reading_of
from seatrial.series.rounds import Missing, Rounds
from seatrial.series.selector import SelectorField, SeriesSelector
from seatrial.shell import Finished, end_line, run_line
from seatrial.slo.slo import Slo
from seatrial.targets import cgroup as cgroups
from seatrial.targets import damage as damages
from seatrial.targets import files, privileges
from seatrial.targets import host as hosts
from seatrial.targets import process as processes
from seatrial.targets.cgroup import OwnCgroup
from seatrial.targets.damage import Damaged
from seatrial.targets.host import available_memory_bytes
from seatrial.targets.listening import listening_address
from seatrial.targets.protected import keeps_the_machine
from seatrial.targets.selector import Address, EndpointSelector, ProcessSelector, Selector, split_address
from seatrial.targets.target import BaseTarget, EndpointTarget, HostTarget, ProcessTarget, ResourceTarget
from seatrial.toolkit import inverse as inverses
from seatrial.toolkit.driver_call import DriverCall, JudgedCall, TargetCall, Tolerance
from seatrial.toolkit.drivers import function as driver_function
from seatrial.toolkit.outcome import Outcome

if TYPE_CHECKING:  # what few need is loaded when it is needed
    from seatrial.load.hdr_log import hdr_log as hdr_log  # noqa: PLC0414  so mypy knows it as public
    from seatrial.record import RunRecord as RunRecord  # noqa: PLC0414  so mypy knows it as public
    from seatrial.slo.slo_file import slo_at as slo_at  # noqa: PLC0414  so mypy knows it as public
    from seatrial.toolkit.worker import Workers as Workers  # noqa: PLC0414  so mypy knows it as public
    from seatrial.toolkit.worker import open_workers as open_workers  # noqa: PLC0414  so mypy knows it as public
    from seatrial.view import RunView as RunView  # noqa: PLC0414  so mypy knows it as public
    from seatrial.view import clock as clock  # noqa: PLC0414  so mypy knows it as public


_LATER = {
    "RunRecord": "seatrial.record",
    "RunView": "seatrial.view",
    "clock": "seatrial.view",
    "hdr_log": "seatrial.load.hdr_log",
    "open_workers": "seatrial.toolkit.worker",
    "slo_at": "seatrial.slo.slo_file",
}


if not TYPE_CHECKING:  # or every name would seem to be there

    def __getattr__(name: str) -> object:
        if name in _LATER:
            return getattr(import_module(_LATER[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "NO_SCALAR",
    "Action",
    "Address",
    "AlsoHits",
    "Answer",
    "Asked",
    "AsksPrometheus",
    "Bandwidth",
    "BaseTarget",
    "Bytes",
    "Changes",
    "ContentHeader",
    "ContentHeaders",
    "Damaged",
    "Distribution",
    "DriverCall",
    "Duration",
    "EndpointSelector",
    "EndpointTarget",
    "Fatal",
    "Field",
    "Filtering",
    "Finished",
    "ForeignChange",
    "FromLoad",
    "HasDoubts",
    "Held",
    "Holding",
    "HostTarget",
    "HttpAccess",
    "HttpProxying",
    "InvalidInput",
    "Ip",
    "JsonValue",
    "JudgedCall",
    "Latency",
    "Launch",
    "Launching",
    "Lease",
    "LoadSecond",
    "Measure",
    "Missing",
    "Model",
    "Namespace",
    "NeedsMachine",
    "NeedsPrivileges",
    "Observed",
    "Outcome",
    "OwnCgroup",
    "Page",
    "Pick",
    "Probe",
    "ProcessSelector",
    "ProcessTarget",
    "Proxied",
    "Proxying",
    "Queue",
    "Rate",
    "Ratio",
    "Reader",
    "Reading",
    "Refuses",
    "Report",
    "Resolving",
    "ResourceTarget",
    "Retryable",
    "Rounds",
    "Scalar",
    "Scrape",
    "Selector",
    "SelectorField",
    "SeriesSelector",
    "Shaping",
    "Share",
    "Slo",
    "SparseReader",
    "Stream",
    "Survey",
    "Table",
    "TakesEffect",
    "TargetCall",
    "Tolerance",
    "Unanswered",
    "Unknown",
    "Url",
    "Value",
    "as_scalar",
    "available_memory_bytes",
    "cgroups",
    "check_page",
    "connect",
    "damages",
    "driver_function",
    "end_held",
    "end_line",
    "fetch",
    "field_validator",
    "files",
    "format_bytes",
    "format_duration",
    "held",
    "hold",
    "hosts",
    "inverses",
    "json_picker",
    "keeps_the_machine",
    "listening_address",
    "model_validator",
    "names_on_page",
    "namespaces",
    "paused_gc",
    "privileges",
    "processes",
    "read_page",
    "reading_of",
    "run_line",
    "scrape_of",
    "seconds_to_take",
    "services",
    "split_address",
]
