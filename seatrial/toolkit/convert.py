"""`seatrial convert`: a Chaos Toolkit experiment as a native one, with nothing lost.

hypothesis probes ─▶ slis            configuration ─▶ variables
method actions ─▶ faults, timed      secrets ─▶ ${env:…}
rollbacks ─▶ their undo              what has no place ─▶ comments; JUDGE where a person must decide
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from seatrial.model.units import format_duration
from seatrial.toolkit.activity import Activity
from seatrial.toolkit.convert_calls import (
    Tree,
    call_of,
    judged,
    partner_of,
    remarks_of,
    sli_of,
    thing_of,
)
from seatrial.toolkit.convert_values import JUDGE, Values
from seatrial.toolkit.convert_yaml import Remark, as_remark, commented, written
from seatrial.toolkit.document import Document, Head
from seatrial.toolkit.inverse import row_of
from seatrial.toolkit.parsing import parse
from seatrial.toolkit.provider import PythonProvider
from seatrial.toolkit.shape import read_written

HOLD_S: Final = 30.0
"""How long the last fault holds, where no pause tells: long enough for a verdict."""
_KEPT: Final = ("controls", "extensions", "runtime")
_NAME_MAX: Final = 60


@dataclass
class Converted:
    """A native file."""

    text: str
    judgements: int
    """How many places need a person."""


def convert(path: Path) -> Converted:
    """Read a Chaos Toolkit file and write it anew; raises InvalidFile with every problem in it."""
    document = parse(read_written(path))
    text = _Conversion(document, path.name).text()
    return Converted(text, text.count(JUDGE))


@dataclass
class _Fault:
    """One action, when it ran, and what takes it back."""

    activity: Activity
    at_s: float
    ends_at_s: float
    undo: list[Activity] = field(default_factory=list)


class _Conversion:
    def __init__(self, document: Document, name: str) -> None:
        self.document = document
        self.name = name
        self.values = Values(document.head.configuration, document.head.secrets)
        self.probes = [document.resolved(step) for step in document.probes]
        self.method = [document.resolved(step) for step in document.method]
        self.rollbacks = [document.resolved(step) for step in document.rollbacks]
        self.end_s = 0.0

    def text(self) -> str:
        """The file."""
        timed = self._timed()
        faults = [_Fault(one, at_s, self.end_s) for one, at_s in timed if self._is_fault(one)]
        left = self._take_rollbacks(faults)
        for one, at_s in timed:
            self._end_early(one, at_s, faults)
        slis = self._slis()
        tree: Tree = {
            Remark(f"Made of {self.name}, an experiment of the Chaos Toolkit, by `seatrial convert`."): None,
            Remark(f'Look for "{JUDGE.strip()}": there a person has to decide.\n'): None,
            **self._head(),
            **dict.fromkeys(self.values.remarks),
            **self._variables(),
            Remark(""): None,
            **slis,
            **dict.fromkeys(self._watched([one for one, _ in timed if one.type == "probe"])),
            Remark(""): None,
            **self._faults(faults),
            **dict.fromkeys(left),
            **dict.fromkeys(self._kept()),
        }
        return re.sub(r"^#$", "", written(tree), flags=re.MULTILINE)

    def _head(self) -> Tree:
        document = self.document.head
        head: Tree = {}
        hypothesis = document.hypothesis.title if document.hypothesis else document.description
        head["title"] = self._line(document.title, 500)
        if document.hypothesis is None:
            head[Remark(f"{JUDGE}it had no hypothesis: say what you believe will happen.")] = None
        head["hypothesis"] = self._line(hypothesis, 5000)
        head["description"] = self.values.value(document.description)
        tags = [tag for tag in (self._line(tag, 500) for tag in document.tags) if tag]
        return {**head, **({"tags": tags} if tags else {})}

    def _variables(self) -> Tree:
        variables = self.values.variables
        is_empty = all(isinstance(key, Remark) for key in variables)
        return variables if is_empty else {"variables": variables}

    def _line(self, text: str, longest: int) -> str:
        """Within what a native file allows; a placeholder in it stays what it was: a text."""
        told = text.replace("${", "$${").strip()
        return (told[: longest - 3] + "..." if len(told) > longest else told) or "untitled"

    def _timed(self) -> list[tuple[Activity, float]]:
        """Every activity of the method with when it began, as far as the pauses tell."""
        timed: list[tuple[Activity, float]] = []
        now_s = 0.0
        for activity in self.method:
            pauses = activity.pauses
            now_s += max(0.0, self.values.number(pauses.before if pauses else None) or 0.0)
            timed.append((activity, now_s))
            now_s += max(0.0, self.values.number(pauses.after if pauses else None) or 0.0)
        last_s = max((at_s for one, at_s in timed if self._is_fault(one)), default=0.0)
        self.end_s = max(now_s, last_s + HOLD_S)
        return timed

    def _is_fault(self, activity: Activity) -> bool:
        """What is among the rollbacks too only ends, already in the method, what was begun before."""
        return activity.type == "action" and activity not in self.rollbacks

    def _end_early(self, activity: Activity, at_s: float, faults: list[_Fault]) -> None:
        for fault in faults:
            if activity in fault.undo and at_s > fault.at_s:
                fault.ends_at_s = at_s

    def _take_rollbacks(self, faults: list[_Fault]) -> list[Remark]:
        """Give each rollback to the fault that it takes back; what is none of that is kept."""
        left: list[Remark] = []
        for rollback in self.rollbacks:
            if faults and rollback.type == "action":
                faults[partner_of(rollback, [fault.activity for fault in faults])].undo.append(rollback)
            else:
                what = f"{JUDGE}`{rollback.name}` was among the rollbacks, and takes back no action:"
                left.append(commented(what, {"call": call_of(rollback, self.values)}))
        return left

    def _slis(self) -> Tree:
        names: set[str] = set()
        slis: Tree = {}
        for probe in self.probes:
            slis[_unique(_slug(probe.name), names)] = sli_of(probe, self.values)
        remark: Tree = {}
        if not slis:
            remark[Remark(f"{JUDGE}it looked at nothing: name what tells that all is well.")] = None
            slis["all_is_well"] = {"tcp": "127.0.0.1:80", "objective": "open == true"}
        elif self.document.head.hypothesis and self.document.head.hypothesis.controls:
            text = f"{JUDGE}the controls of the hypothesis:"
            remark[as_remark(text, self.document.head.hypothesis.controls)] = None
        advice = f"{JUDGE}what users see tells more: give `load:`, and an SLI such as `load: success_ratio`."
        return {**remark, Remark(advice): None, "slis": slis}

    def _watched(self, probes: Iterable[Activity]) -> Iterable[Remark]:
        """Probes of the method: the Chaos Toolkit writes down what they say, and judges nothing."""
        for probe in probes:
            if probe in self.probes:
                yield Remark(f"`{probe.name}` was read in the method too; an SLI is read all the time.")
                continue
            title = f"{JUDGE}`{probe.name}` was read in the method, not judged; an SLI needs a tolerance:"
            yield commented(title, {_slug(probe.name): sli_of(probe, self.values)})

    def _faults(self, faults: list[_Fault]) -> Tree:
        if not faults:
            return {Remark("Its method has no action: this only measures."): None}
        caps = {"max_targets": len(faults), "max_share": "100%", "max_duration": _seconds(self.end_s)}
        return {
            Remark(
                f"{JUDGE}when each begins, and for how long it holds, follow from its pauses alone."
            ): None,
            "faults": [self._fault(fault) for fault in faults],
            Remark(
                f"{JUDGE}the most that may be hit. A driver's action hits what its arguments select."
            ): None,
            "blast_radius": caps,
            Remark(f"{JUDGE}when to stop at once, beside the default guards: `stop_when: [...]`."): None,
        }

    def _fault(self, fault: _Fault) -> Tree:
        activity, values = fault.activity, self.values
        call = call_of(activity, values)
        if fault.undo:
            if self._has_known_inverse(activity):
                call[Remark("Without `undo`, Seatrial puts back what it finds before the fault.")] = None
            calls = [_without_inherited(self._undo(one), call) for one in fault.undo]
            call["undo"] = calls if len(calls) > 1 else calls[0]
        elif not self._has_known_inverse(activity):
            call |= self._without_undo(call)
        if activity.timeout and activity.timeout > 0:
            call["timeout"] = _seconds(min(activity.timeout, 3600.0))
        tree: Tree = {**remarks_of(activity), **_odd_pauses(activity, values), "action": "chaostoolkit"}
        tree["targets"] = {"resource": {"names": [thing_of(activity, values)]}}
        return {
            **tree,
            "with": call,
            "at": _seconds(fault.at_s),
            "for": _seconds(fault.ends_at_s - fault.at_s),
        }

    def _undo(self, rollback: Activity) -> Tree:
        remarks = {**remarks_of(rollback), **_pauses(rollback)}
        return {**remarks, **call_of(rollback, self.values)}

    def _has_known_inverse(self, activity: Activity) -> bool:
        provider = activity.provider
        return isinstance(provider, PythonProvider) and row_of(provider.module, provider.func) is not None

    def _without_undo(self, call: Tree) -> Tree:
        if not self.probes:
            text = f"{JUDGE}nothing takes it back: give `undo`, or `verify`, which tells when it is over."
            return {Remark(text): None}
        text = f"{JUDGE}nothing takes it back: give `undo`. Until then the first SLI tells that it is over."
        return {Remark(text): None, "verify": _without_inherited(judged(self.probes[0], self.values), call)}

    def _kept(self) -> Iterable[Remark]:
        """What a native file has no place for."""
        written = self.document.written
        for key in (*_KEPT, *Head.unknown_in(written)):
            if written.get(key):
                yield as_remark(f"Kept from `{key}`:", written[key])


def _without_inherited(call: Tree, action: Tree) -> Tree:
    """Configuration and secrets are the action's where a call does not say its own."""
    return {k: v for k, v in call.items() if k not in ("configuration", "secrets") or action.get(k) != v}


def _pauses(rollback: Activity) -> Tree:
    """Undo waits for nothing; what is right only after a pause has to wait itself."""
    pauses = rollback.pauses
    return {} if pauses is None else {as_remark("It paused:", pauses.model_dump()): None}


def _odd_pauses(activity: Activity, values: Values) -> Tree:
    """Pauses whose length only a run would tell."""
    pauses = activity.pauses
    if pauses is None or None not in (values.number(pauses.before), values.number(pauses.after)):
        return {}
    return {as_remark(f"{JUDGE}how long it paused is not in the file:", pauses.model_dump()): None}


def _seconds(seconds: float) -> str:
    return format_duration(seconds) if 0 < seconds < 1 else f"{seconds:g} s"


def _slug(name: str) -> str:
    """A name as SLIs have them."""
    told = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-").lower()[:_NAME_MAX]
    return told if told[:1].isalpha() else f"sli_{told}".rstrip("_")


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}_{number}"
    taken.add(unique)
    return unique
