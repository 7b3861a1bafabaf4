"""All that a pack may import: everything a probe, an action or a report is made of."""

from pydantic import Field, field_validator, model_validator

from seatrial.action import Action, Lease, NeedsPrivileges, Refuses, TakesEffect
from seatrial.errors import Fatal, ForeignChange, InvalidInput, Retryable
from seatrial.load.second import LoadSecond
from seatrial.model.base import Model
from seatrial.model.units import Duration, Rate, Share
from seatrial.probe import FromLoad, Measure, Probe, Reader
from seatrial.reading import Latency, Ratio, Reading, Unknown, Value
from seatrial.report import Report
from seatrial.targets import process as processes
from seatrial.targets.target import EndpointTarget, HostTarget, ProcessTarget

__all__ = [
    "Action",
    "Duration",
    "EndpointTarget",
    "Fatal",
    "Field",
    "ForeignChange",
    "FromLoad",
    "HostTarget",
    "InvalidInput",
    "Latency",
    "Lease",
    "LoadSecond",
    "Measure",
    "Model",
    "NeedsPrivileges",
    "Probe",
    "ProcessTarget",
    "Rate",
    "Ratio",
    "Reader",
    "Reading",
    "Refuses",
    "Report",
    "Retryable",
    "Share",
    "TakesEffect",
    "Unknown",
    "Value",
    "field_validator",
    "model_validator",
    "processes",
]
