"""All that a pack may import: everything a probe, an action or a report is made of."""

from pkgutil import resolve_name
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue, field_validator, model_validator

from seatrial.action import (
    Action,
    AgentNeeds,
    AlsoHits,
    Changes,
    Fate,
    HasDoubts,
    Lease,
    NeedsMachine,
    NeedsPrivileges,
    Refuses,
    TakesEffect,
)
from seatrial.errors import Fatal, FaultError, ForeignChange, InvalidInput, Retryable
from seatrial.held.hold import end_held, held, hold
from seatrial.held.holding import Held, Holding, seconds_to_take
from seatrial.json_path import NO_SCALAR, Pick, as_scalar, json_picker
from seatrial.load.second import LoadSecond
from seatrial.model.base import Model
from seatrial.model.units import Bandwidth, Bytes, Duration, Rate, Share, format_bytes, format_duration
from seatrial.net.access import HttpAccess, Url, split_url
from seatrial.net.connect import connect
from seatrial.net.fetch import Answer, fetch
from seatrial.net.reasons import Unanswered
from seatrial.paused_gc import paused_gc
from seatrial.precaution import Precaution
from seatrial.probe import FromLoad, Measure, Probe, Reader, SparseReader, Survey
from seatrial.reading import Latency, Observed, Ratio, Reading, Scalar, Unknown, Value
from seatrial.report import Report
from seatrial.shell import Finished, end_line, run_line
from seatrial.targets import cgroup as cgroups
from seatrial.targets import damage as damages
from seatrial.targets import files, privileges
from seatrial.targets import host as hosts
from seatrial.targets import process as processes
from seatrial.targets.cgroup import OwnCgroup
from seatrial.targets.damage import Damaged
from seatrial.targets.host import available_memory_bytes
from seatrial.targets.protected import keeps_the_machine
from seatrial.targets.selector import Address, EndpointSelector, ProcessSelector, Selector, split_address
from seatrial.targets.target import (
    BaseTarget,
    EndpointTarget,
    HostTarget,
    KubernetesTarget,
    ProcessTarget,
    ResourceTarget,
)

if TYPE_CHECKING:  # what few need is loaded when it is needed: below, at its first use
    from seatrial import services
    from seatrial.alerts import silences
    from seatrial.held.launching import Launch, Launching
    from seatrial.kernel import namespaces
    from seatrial.kernel.filtering import Filtering, Table
    from seatrial.kernel.namespaces import Namespace
    from seatrial.kernel.shaping import Queue, Shaping
    from seatrial.kube import rights as kube_rights
    from seatrial.kube import states as kube_states
    from seatrial.kube.access import Access, find_access
    from seatrial.kube.client import connect as connect_cluster
    from seatrial.kube.cluster import cluster_at
    from seatrial.kube.edits import ABSENT, Edit, Place
    from seatrial.kube.kinds import KINDS
    from seatrial.kube.quantity import amount
    from seatrial.kube.ref import Ref
    from seatrial.kube.reflector import Unseen
    from seatrial.kube.rights import Right
    from seatrial.kube.rights import missing as missing_rights
    from seatrial.kube.watching import Grown, watching
    from seatrial.kubefaults import draining, surroundings
    from seatrial.kubefaults import policing as policies
    from seatrial.kubefaults.acting import Acting
    from seatrial.kubefaults.acting import asking as kube_asking
    from seatrial.kubefaults.configuring import Configuring
    from seatrial.kubefaults.creating import Created, Creating
    from seatrial.kubefaults.draining import Drained
    from seatrial.kubefaults.ending import Ending, WasReady
    from seatrial.kubefaults.evicting import evict_pod
    from seatrial.kubefaults.marking import Patched
    from seatrial.kubefaults.patching import Patching
    from seatrial.kubefaults.policing import Direction, Policed, Policing
    from seatrial.kubefaults.resizing import Resizing
    from seatrial.kubefaults.rolling_out import RollingOut
    from seatrial.load.hdr_log import hdr_log
    from seatrial.prometheus.alertmanager import AlertmanagerServer
    from seatrial.prometheus.asking import AsksPrometheus
    from seatrial.prometheus.server import PrometheusServer
    from seatrial.proxy.faults import Distribution, Stream
    from seatrial.proxy.grpc_proxying import GrpcProxying, GrpcStatusCode
    from seatrial.proxy.http_proxying import ContentHeader, ContentHeaders, HttpProxying
    from seatrial.proxy.proxying import Proxying
    from seatrial.proxy.redirecting import Proxied
    from seatrial.proxy.resolving import Ip, Resolving
    from seatrial.record import RunRecord
    from seatrial.series.asked import Asked
    from seatrial.series.increments import Scrape
    from seatrial.series.page import Page, check_page, names_on_page, read_page, scrape_of
    from seatrial.series.readings import reading_of
    from seatrial.series.rounds import Missing, Rounds
    from seatrial.series.selector import SelectorField, SeriesSelector
    from seatrial.slo.slo import Slo
    from seatrial.slo.slo_file import slo_at
    from seatrial.targets.listening import listening_address
    from seatrial.toolkit import inverse as inverses
    from seatrial.toolkit.driver_call import DriverCall, JudgedCall, TargetCall, Tolerance
    from seatrial.toolkit.drivers import function as driver_function
    from seatrial.toolkit.outcome import Outcome
    from seatrial.toolkit.worker import Workers, open_workers
    from seatrial.view import RunView, clock
    from seatrial.view.templates import template_environment


_LATER = {
    "ABSENT": "seatrial.kube.edits.ABSENT",
    "Access": "seatrial.kube.access.Access",
    "Acting": "seatrial.kubefaults.acting.Acting",
    "AlertmanagerServer": "seatrial.prometheus.alertmanager.AlertmanagerServer",
    "Asked": "seatrial.series.asked.Asked",
    "AsksPrometheus": "seatrial.prometheus.asking.AsksPrometheus",
    "Configuring": "seatrial.kubefaults.configuring.Configuring",
    "ContentHeader": "seatrial.proxy.http_proxying.ContentHeader",
    "ContentHeaders": "seatrial.proxy.http_proxying.ContentHeaders",
    "Created": "seatrial.kubefaults.creating.Created",
    "Creating": "seatrial.kubefaults.creating.Creating",
    "Direction": "seatrial.kubefaults.policing.Direction",
    "Distribution": "seatrial.proxy.faults.Distribution",
    "Drained": "seatrial.kubefaults.draining.Drained",
    "DriverCall": "seatrial.toolkit.driver_call.DriverCall",
    "Edit": "seatrial.kube.edits.Edit",
    "Ending": "seatrial.kubefaults.ending.Ending",
    "Filtering": "seatrial.kernel.filtering.Filtering",
    "Grown": "seatrial.kube.watching.Grown",
    "GrpcProxying": "seatrial.proxy.grpc_proxying.GrpcProxying",
    "GrpcStatusCode": "seatrial.proxy.grpc_proxying.GrpcStatusCode",
    "HttpProxying": "seatrial.proxy.http_proxying.HttpProxying",
    "Ip": "seatrial.proxy.resolving.Ip",
    "JudgedCall": "seatrial.toolkit.driver_call.JudgedCall",
    "KINDS": "seatrial.kube.kinds.KINDS",
    "Launch": "seatrial.held.launching.Launch",
    "Launching": "seatrial.held.launching.Launching",
    "Missing": "seatrial.series.rounds.Missing",
    "Namespace": "seatrial.kernel.namespaces.Namespace",
    "Outcome": "seatrial.toolkit.outcome.Outcome",
    "Page": "seatrial.series.page.Page",
    "Patched": "seatrial.kubefaults.marking.Patched",
    "Patching": "seatrial.kubefaults.patching.Patching",
    "Place": "seatrial.kube.edits.Place",
    "Policed": "seatrial.kubefaults.policing.Policed",
    "Policing": "seatrial.kubefaults.policing.Policing",
    "PrometheusServer": "seatrial.prometheus.server.PrometheusServer",
    "Proxied": "seatrial.proxy.redirecting.Proxied",
    "Proxying": "seatrial.proxy.proxying.Proxying",
    "Queue": "seatrial.kernel.shaping.Queue",
    "Ref": "seatrial.kube.ref.Ref",
    "Resizing": "seatrial.kubefaults.resizing.Resizing",
    "Resolving": "seatrial.proxy.resolving.Resolving",
    "Right": "seatrial.kube.rights.Right",
    "RollingOut": "seatrial.kubefaults.rolling_out.RollingOut",
    "Rounds": "seatrial.series.rounds.Rounds",
    "RunRecord": "seatrial.record.RunRecord",
    "RunView": "seatrial.view.RunView",
    "Scrape": "seatrial.series.increments.Scrape",
    "SelectorField": "seatrial.series.selector.SelectorField",
    "SeriesSelector": "seatrial.series.selector.SeriesSelector",
    "Shaping": "seatrial.kernel.shaping.Shaping",
    "Slo": "seatrial.slo.slo.Slo",
    "Stream": "seatrial.proxy.faults.Stream",
    "Table": "seatrial.kernel.filtering.Table",
    "TargetCall": "seatrial.toolkit.driver_call.TargetCall",
    "Tolerance": "seatrial.toolkit.driver_call.Tolerance",
    "Unseen": "seatrial.kube.reflector.Unseen",
    "WasReady": "seatrial.kubefaults.ending.WasReady",
    "Workers": "seatrial.toolkit.worker.Workers",
    "amount": "seatrial.kube.quantity.amount",
    "check_page": "seatrial.series.page.check_page",
    "clock": "seatrial.view.clock",
    "cluster_at": "seatrial.kube.cluster.cluster_at",
    "connect_cluster": "seatrial.kube.client.connect",
    "draining": "seatrial.kubefaults.draining",
    "driver_function": "seatrial.toolkit.drivers.function",
    "evict_pod": "seatrial.kubefaults.evicting.evict_pod",
    "find_access": "seatrial.kube.access.find_access",
    "hdr_log": "seatrial.load.hdr_log.hdr_log",
    "inverses": "seatrial.toolkit.inverse",
    "kube_asking": "seatrial.kubefaults.acting.asking",
    "kube_rights": "seatrial.kube.rights",
    "kube_states": "seatrial.kube.states",
    "listening_address": "seatrial.targets.listening.listening_address",
    "missing_rights": "seatrial.kube.rights.missing",
    "names_on_page": "seatrial.series.page.names_on_page",
    "namespaces": "seatrial.kernel.namespaces",
    "open_workers": "seatrial.toolkit.worker.open_workers",
    "policies": "seatrial.kubefaults.policing",
    "read_page": "seatrial.series.page.read_page",
    "reading_of": "seatrial.series.readings.reading_of",
    "scrape_of": "seatrial.series.page.scrape_of",
    "services": "seatrial.services",
    "silences": "seatrial.alerts.silences",
    "slo_at": "seatrial.slo.slo_file.slo_at",
    "surroundings": "seatrial.kubefaults.surroundings",
    "template_environment": "seatrial.view.templates.template_environment",
    "watching": "seatrial.kube.watching.watching",
}
"""Where each of them is."""


if not TYPE_CHECKING:  # or every name would seem to be there

    def __getattr__(name: str) -> object:
        if name in _LATER:
            return resolve_name(_LATER[name])
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ABSENT",
    "KINDS",
    "NO_SCALAR",
    "Access",
    "Acting",
    "Action",
    "Address",
    "AgentNeeds",
    "AlertmanagerServer",
    "AlsoHits",
    "Answer",
    "Asked",
    "AsksPrometheus",
    "Bandwidth",
    "BaseTarget",
    "Bytes",
    "Changes",
    "Configuring",
    "ContentHeader",
    "ContentHeaders",
    "Created",
    "Creating",
    "Damaged",
    "Direction",
    "Distribution",
    "Drained",
    "DriverCall",
    "Duration",
    "Edit",
    "Ending",
    "EndpointSelector",
    "EndpointTarget",
    "Fatal",
    "Fate",
    "FaultError",
    "Field",
    "Filtering",
    "Finished",
    "ForeignChange",
    "FromLoad",
    "Grown",
    "GrpcProxying",
    "GrpcStatusCode",
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
    "KubernetesTarget",
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
    "Patched",
    "Patching",
    "Pick",
    "Place",
    "Policed",
    "Policing",
    "Precaution",
    "Probe",
    "ProcessSelector",
    "ProcessTarget",
    "PrometheusServer",
    "Proxied",
    "Proxying",
    "Queue",
    "Rate",
    "Ratio",
    "Reader",
    "Reading",
    "Ref",
    "Refuses",
    "Report",
    "Resizing",
    "Resolving",
    "ResourceTarget",
    "Retryable",
    "Right",
    "RollingOut",
    "Rounds",
    "RunRecord",
    "RunView",
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
    "Unseen",
    "Url",
    "Value",
    "WasReady",
    "Workers",
    "amount",
    "as_scalar",
    "available_memory_bytes",
    "cgroups",
    "check_page",
    "clock",
    "cluster_at",
    "connect",
    "connect_cluster",
    "damages",
    "draining",
    "driver_function",
    "end_held",
    "end_line",
    "evict_pod",
    "fetch",
    "field_validator",
    "files",
    "find_access",
    "format_bytes",
    "format_duration",
    "hdr_log",
    "held",
    "hold",
    "hosts",
    "inverses",
    "json_picker",
    "keeps_the_machine",
    "kube_asking",
    "kube_rights",
    "kube_states",
    "listening_address",
    "missing_rights",
    "model_validator",
    "names_on_page",
    "namespaces",
    "open_workers",
    "paused_gc",
    "policies",
    "privileges",
    "processes",
    "read_page",
    "reading_of",
    "run_line",
    "scrape_of",
    "seconds_to_take",
    "services",
    "silences",
    "slo_at",
    "split_address",
    "split_url",
    "surroundings",
    "template_environment",
    "watching",
]
