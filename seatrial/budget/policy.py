"""A budget policy: what has to be kept, when all experiments rest, who may except one and until when."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from seatrial.budget.planned import Approval
from seatrial.files.problem import InvalidFile
from seatrial.files.source import read_source
from seatrial.files.yaml_reader import read_yaml
from seatrial.model.base import Model
from seatrial.model.fields import Share
from seatrial.slo.part import Part

DIGEST_CHARACTERS_MIN: Final = 12


class Freeze(Model):
    """A time in which nothing may run."""

    reason: str
    begins: datetime.datetime
    until: datetime.datetime
    services: tuple[str, ...] = ()
    """Empty: all."""


class Policy(Model):
    """The rules of a team or a company, in a file of their own."""

    keep_budget: Share = 0.0
    """At least this share of the budget has to be left, after the worst of the run too."""
    cap: Share | None = None
    """The most that one run may cost."""
    freezes: tuple[Freeze, ...] = ()
    exceptions: tuple[Approval, ...] = ()
    """Each for one plan, by its hash."""

    def frozen(self, service: str, now: datetime.datetime) -> Iterator[str]:
        """Why nothing may run now, in words."""
        for freeze in self.freezes:
            if freeze.begins <= now < freeze.until and (not freeze.services or service in freeze.services):
                yield f"freeze until {freeze.until.isoformat(timespec='minutes')}: {freeze.reason}"

    def approval_of(self, digest: str, now: datetime.datetime) -> Approval | None:
        """The exception for a plan that is still good."""
        for one in self.exceptions:
            if digest.startswith(one.plan) and now < datetime.datetime.fromisoformat(one.until):
                return one
        return None


def read_policy(path: Path) -> Policy:
    """Read a policy file; raises InvalidFile with line and remedy."""
    source = read_source(path, "a policy")
    root, problems = read_yaml(source)
    if problems:
        raise InvalidFile(problems)
    part = Part(source, root)
    part.only("keep_budget", "cap", "may_except", "freezes", "exceptions")
    names = [item.text for item in _items(part, "may_except")]
    keep, cap = part.get("keep_budget"), part.get("cap")
    return Policy.model_validate(
        {
            **({"keep_budget": _share(keep)} if keep is not None else {}),
            **({"cap": _share(cap)} if cap is not None else {}),
            "freezes": [_freeze(item) for item in _items(part, "freezes")],
            "exceptions": [_exception(item, names) for item in _items(part, "exceptions")],
        }
    )


def _items(part: Part, key: str) -> list[Part]:
    found = part.get(key)
    return list(found.items()) if found is not None else []


def _share(part: Part) -> str:
    if not part.text.strip().endswith("%"):
        part.refuse(f"{part.name} has no unit", "write it like `10%`")
    if not 0 <= part.number <= 100:
        part.refuse(f"{part.name} is no share of a budget", "write 0% to 100%")
    return part.text


def _moment(part: Part) -> datetime.datetime:
    """With a zone, or in UTC."""
    try:
        found = datetime.datetime.fromisoformat(part.text.strip())
    except ValueError:
        part.refuse(f"{part.name} is no moment: '{part.text[:40]}'", "write it like `2026-11-27T18:00:00Z`")
    return found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)


def _freeze(part: Part) -> Freeze:
    part.only("reason", "from", "until", "services")
    begins, until = _moment(part.need("from")), _moment(part.need("until"))
    if until <= begins:
        part.need("until").refuse("`until` is not after `from`", "swap them, or mend the year")
    services = tuple(item.text for item in _items(part, "services"))
    return Freeze(reason=part.need("reason").text, begins=begins, until=until, services=services)


def _exception(part: Part, names: list[str]) -> Approval:
    part.only("plan", "by", "reason", "until")
    plan, by = part.need("plan"), part.need("by")
    if len(plan.text) < DIGEST_CHARACTERS_MIN or set(plan.text) - set("0123456789abcdef"):
        plan.refuse(
            "`plan` is no hash of a plan", "write the 12 or more characters that `seatrial plan` shows"
        )
    if by.text not in names:
        by.refuse(f"{by.text} may not except", "name them under `may_except`, or let somebody else decide")
    until = _moment(part.need("until")).isoformat()
    return Approval(plan=plan.text, by=by.text, reason=part.need("reason").text, until=until)
