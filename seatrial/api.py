"""All that a pack may import: everything a probe, an action or a report is made of."""

from pkgutil import resolve_name
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # each name is loaded at its first use, below: a report needs none of what an action does
    from pydantic import Field, JsonValue, field_validator, model_validator

    from seatrial import services
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
    from seatrial.alerts import silences
    from seatrial.errors import Fatal, FaultError, ForeignChange, InvalidInput, Retryable
    from seatrial.held.hold import end_held, held, hold
    from seatrial.held.holding import Held, Holding, seconds_to_take
    from seatrial.held.launching import Launch, Launching
    from seatrial.json_path import NO_SCALAR, Pick, as_scalar, json_picker
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
    from seatrial.kube.objects import labelled
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
    from seatrial.load.second import LoadSecond
    from seatrial.measure import Measure
    from seatrial.model.base import Model
    from seatrial.model.fields import Bandwidth, Bytes, Duration, Rate, Share
    from seatrial.model.units import format_bytes, format_duration
    from seatrial.net.access import HttpAccess, Url, split_url
    from seatrial.net.connect import connect
    from seatrial.net.fetch import Answer, fetch
    from seatrial.net.reasons import Unanswered
    from seatrial.paused_gc import paused_gc
    from seatrial.precaution import Precaution
    from seatrial.probe import FromLoad, Probe, Reader, SparseReader, Survey
    from seatrial.prometheus.alertmanager import AlertmanagerServer
    from seatrial.prometheus.asking import AsksPrometheus
    from seatrial.prometheus.server import PrometheusServer
    from seatrial.proxy.faults import Distribution, Stream
    from seatrial.proxy.grpc_proxying import GrpcProxying, GrpcStatusCode
    from seatrial.proxy.http_proxying import ContentHeader, ContentHeaders, HttpProxying
    from seatrial.proxy.proxying import Proxying
    from seatrial.proxy.redirecting import Proxied
    from seatrial.proxy.resolving import Ip, Resolving
    from seatrial.reading import Latency, Observed, Ratio, Reading, Scalar, Unknown, Value
    from seatrial.record import RunRecord
    from seatrial.report import Report
    from seatrial.series.asked import Asked
    from seatrial.series.field import SelectorField
    from seatrial.series.increments import Scrape
    from seatrial.series.page import Page, check_page, names_on_page, read_page, scrape_of
    from seatrial.series.readings import reading_of
    from seatrial.series.rounds import Missing, Rounds
    from seatrial.series.selector import SeriesSelector
    from seatrial.shell import Finished, end_line, run_line
    from seatrial.slo.slo import Slo
    from seatrial.slo.slo_file import slo_at
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
    from seatrial.targets.target import (
        BaseTarget,
        EndpointTarget,
        HostTarget,
        KubernetesTarget,
        ProcessTarget,
        ResourceTarget,
    )
    from seatrial.toolkit import inverse as inverses
    from seatrial.toolkit.driver_call import DriverCall, JudgedCall, TargetCall, Tolerance
    from seatrial.toolkit.drivers import function as driver_function
    from seatrial.toolkit.outcome import Outcome
    from seatrial.toolkit.worker import Workers, open_workers
    from seatrial.view import RunView, clock
    from seatrial.view.document import ReportDocument
    from seatrial.view.templates import template_environment


_PLACES: Final = {
    "ABSENT": "seatrial.kube.edits.ABSENT",
    "Access": "seatrial.kube.access.Access",
    "Acting": "seatrial.kubefaults.acting.Acting",
    "Action": "seatrial.action.Action",
    "Address": "seatrial.targets.selector.Address",
    "AgentNeeds": "seatrial.action.AgentNeeds",
    "AlertmanagerServer": "seatrial.prometheus.alertmanager.AlertmanagerServer",
    "AlsoHits": "seatrial.action.AlsoHits",
    "Answer": "seatrial.net.fetch.Answer",
    "Asked": "seatrial.series.asked.Asked",
    "AsksPrometheus": "seatrial.prometheus.asking.AsksPrometheus",
    "Bandwidth": "seatrial.model.fields.Bandwidth",
    "BaseTarget": "seatrial.targets.target.BaseTarget",
    "Bytes": "seatrial.model.fields.Bytes",
    "Changes": "seatrial.action.Changes",
    "Configuring": "seatrial.kubefaults.configuring.Configuring",
    "ContentHeader": "seatrial.proxy.http_proxying.ContentHeader",
    "ContentHeaders": "seatrial.proxy.http_proxying.ContentHeaders",
    "Created": "seatrial.kubefaults.creating.Created",
    "Creating": "seatrial.kubefaults.creating.Creating",
    "Damaged": "seatrial.targets.damage.Damaged",
    "Direction": "seatrial.kubefaults.policing.Direction",
    "Distribution": "seatrial.proxy.faults.Distribution",
    "Drained": "seatrial.kubefaults.draining.Drained",
    "DriverCall": "seatrial.toolkit.driver_call.DriverCall",
    "Duration": "seatrial.model.fields.Duration",
    "Edit": "seatrial.kube.edits.Edit",
    "Ending": "seatrial.kubefaults.ending.Ending",
    "EndpointSelector": "seatrial.targets.selector.EndpointSelector",
    "EndpointTarget": "seatrial.targets.target.EndpointTarget",
    "Fatal": "seatrial.errors.Fatal",
    "Fate": "seatrial.action.Fate",
    "FaultError": "seatrial.errors.FaultError",
    "Field": "pydantic.Field",
    "Filtering": "seatrial.kernel.filtering.Filtering",
    "Finished": "seatrial.shell.Finished",
    "ForeignChange": "seatrial.errors.ForeignChange",
    "FromLoad": "seatrial.probe.FromLoad",
    "Grown": "seatrial.kube.watching.Grown",
    "GrpcProxying": "seatrial.proxy.grpc_proxying.GrpcProxying",
    "GrpcStatusCode": "seatrial.proxy.grpc_proxying.GrpcStatusCode",
    "HasDoubts": "seatrial.action.HasDoubts",
    "Held": "seatrial.held.holding.Held",
    "Holding": "seatrial.held.holding.Holding",
    "HostTarget": "seatrial.targets.target.HostTarget",
    "HttpAccess": "seatrial.net.access.HttpAccess",
    "HttpProxying": "seatrial.proxy.http_proxying.HttpProxying",
    "InvalidInput": "seatrial.errors.InvalidInput",
    "Ip": "seatrial.proxy.resolving.Ip",
    "JudgedCall": "seatrial.toolkit.driver_call.JudgedCall",
    "JsonValue": "pydantic.JsonValue",
    "KINDS": "seatrial.kube.kinds.KINDS",
    "KubernetesTarget": "seatrial.targets.target.KubernetesTarget",
    "Latency": "seatrial.reading.Latency",
    "Launch": "seatrial.held.launching.Launch",
    "Launching": "seatrial.held.launching.Launching",
    "Lease": "seatrial.action.Lease",
    "LoadSecond": "seatrial.load.second.LoadSecond",
    "Measure": "seatrial.measure.Measure",
    "Missing": "seatrial.series.rounds.Missing",
    "Model": "seatrial.model.base.Model",
    "NO_SCALAR": "seatrial.json_path.NO_SCALAR",
    "Namespace": "seatrial.kernel.namespaces.Namespace",
    "NeedsMachine": "seatrial.action.NeedsMachine",
    "NeedsPrivileges": "seatrial.action.NeedsPrivileges",
    "Observed": "seatrial.reading.Observed",
    "Outcome": "seatrial.toolkit.outcome.Outcome",
    "OwnCgroup": "seatrial.targets.cgroup.OwnCgroup",
    "Page": "seatrial.series.page.Page",
    "Patched": "seatrial.kubefaults.marking.Patched",
    "Patching": "seatrial.kubefaults.patching.Patching",
    "Pick": "seatrial.json_path.Pick",
    "Place": "seatrial.kube.edits.Place",
    "Policed": "seatrial.kubefaults.policing.Policed",
    "Policing": "seatrial.kubefaults.policing.Policing",
    "Precaution": "seatrial.precaution.Precaution",
    "Probe": "seatrial.probe.Probe",
    "ProcessSelector": "seatrial.targets.selector.ProcessSelector",
    "ProcessTarget": "seatrial.targets.target.ProcessTarget",
    "PrometheusServer": "seatrial.prometheus.server.PrometheusServer",
    "Proxied": "seatrial.proxy.redirecting.Proxied",
    "Proxying": "seatrial.proxy.proxying.Proxying",
    "Queue": "seatrial.kernel.shaping.Queue",
    "Rate": "seatrial.model.fields.Rate",
    "Ratio": "seatrial.reading.Ratio",
    "Reader": "seatrial.probe.Reader",
    "Reading": "seatrial.reading.Reading",
    "Ref": "seatrial.kube.ref.Ref",
    "Refuses": "seatrial.action.Refuses",
    "Report": "seatrial.report.Report",
    "Resizing": "seatrial.kubefaults.resizing.Resizing",
    "Resolving": "seatrial.proxy.resolving.Resolving",
    "ReportDocument": "seatrial.view.document.ReportDocument",
    "ResourceTarget": "seatrial.targets.target.ResourceTarget",
    "Retryable": "seatrial.errors.Retryable",
    "Right": "seatrial.kube.rights.Right",
    "RollingOut": "seatrial.kubefaults.rolling_out.RollingOut",
    "Rounds": "seatrial.series.rounds.Rounds",
    "RunRecord": "seatrial.record.RunRecord",
    "RunView": "seatrial.view.RunView",
    "Scalar": "seatrial.reading.Scalar",
    "Scrape": "seatrial.series.increments.Scrape",
    "Selector": "seatrial.targets.selector.Selector",
    "SelectorField": "seatrial.series.field.SelectorField",
    "SeriesSelector": "seatrial.series.selector.SeriesSelector",
    "Shaping": "seatrial.kernel.shaping.Shaping",
    "Share": "seatrial.model.fields.Share",
    "Slo": "seatrial.slo.slo.Slo",
    "SparseReader": "seatrial.probe.SparseReader",
    "Stream": "seatrial.proxy.faults.Stream",
    "Survey": "seatrial.probe.Survey",
    "Table": "seatrial.kernel.filtering.Table",
    "TakesEffect": "seatrial.action.TakesEffect",
    "TargetCall": "seatrial.toolkit.driver_call.TargetCall",
    "Tolerance": "seatrial.toolkit.driver_call.Tolerance",
    "Unanswered": "seatrial.net.reasons.Unanswered",
    "Unknown": "seatrial.reading.Unknown",
    "Unseen": "seatrial.kube.reflector.Unseen",
    "Url": "seatrial.net.access.Url",
    "Value": "seatrial.reading.Value",
    "WasReady": "seatrial.kubefaults.ending.WasReady",
    "Workers": "seatrial.toolkit.worker.Workers",
    "amount": "seatrial.kube.quantity.amount",
    "as_scalar": "seatrial.json_path.as_scalar",
    "available_memory_bytes": "seatrial.targets.host.available_memory_bytes",
    "cgroups": "seatrial.targets.cgroup",
    "check_page": "seatrial.series.page.check_page",
    "clock": "seatrial.view.clock",
    "cluster_at": "seatrial.kube.cluster.cluster_at",
    "connect": "seatrial.net.connect.connect",
    "connect_cluster": "seatrial.kube.client.connect",
    "damages": "seatrial.targets.damage",
    "draining": "seatrial.kubefaults.draining",
    "driver_function": "seatrial.toolkit.drivers.function",
    "end_held": "seatrial.held.hold.end_held",
    "end_line": "seatrial.shell.end_line",
    "evict_pod": "seatrial.kubefaults.evicting.evict_pod",
    "fetch": "seatrial.net.fetch.fetch",
    "field_validator": "pydantic.field_validator",
    "files": "seatrial.targets.files",
    "find_access": "seatrial.kube.access.find_access",
    "format_bytes": "seatrial.model.units.format_bytes",
    "format_duration": "seatrial.model.units.format_duration",
    "hdr_log": "seatrial.load.hdr_log.hdr_log",
    "held": "seatrial.held.hold.held",
    "hold": "seatrial.held.hold.hold",
    "hosts": "seatrial.targets.host",
    "inverses": "seatrial.toolkit.inverse",
    "json_picker": "seatrial.json_path.json_picker",
    "keeps_the_machine": "seatrial.targets.protected.keeps_the_machine",
    "kube_asking": "seatrial.kubefaults.acting.asking",
    "kube_rights": "seatrial.kube.rights",
    "kube_states": "seatrial.kube.states",
    "labelled": "seatrial.kube.objects.labelled",
    "listening_address": "seatrial.targets.listening.listening_address",
    "missing_rights": "seatrial.kube.rights.missing",
    "model_validator": "pydantic.model_validator",
    "names_on_page": "seatrial.series.page.names_on_page",
    "namespaces": "seatrial.kernel.namespaces",
    "open_workers": "seatrial.toolkit.worker.open_workers",
    "paused_gc": "seatrial.paused_gc.paused_gc",
    "policies": "seatrial.kubefaults.policing",
    "privileges": "seatrial.targets.privileges",
    "processes": "seatrial.targets.process",
    "read_page": "seatrial.series.page.read_page",
    "reading_of": "seatrial.series.readings.reading_of",
    "run_line": "seatrial.shell.run_line",
    "scrape_of": "seatrial.series.page.scrape_of",
    "seconds_to_take": "seatrial.held.holding.seconds_to_take",
    "services": "seatrial.services",
    "silences": "seatrial.alerts.silences",
    "slo_at": "seatrial.slo.slo_file.slo_at",
    "split_address": "seatrial.targets.selector.split_address",
    "split_url": "seatrial.net.access.split_url",
    "surroundings": "seatrial.kubefaults.surroundings",
    "template_environment": "seatrial.view.templates.template_environment",
    "watching": "seatrial.kube.watching.watching",
}
"""Where each name is."""


if not TYPE_CHECKING:  # or every name would seem to be there

    def __getattr__(name: str) -> object:
        if name in _PLACES:
            return resolve_name(_PLACES[name])
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
    "ReportDocument",
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
    "labelled",
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
