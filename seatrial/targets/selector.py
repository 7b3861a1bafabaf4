"""Selectors: how an experiment says what may be hit, and the population that this gives."""

import os
import random
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from seatrial.errors import InvalidInput
from seatrial.model.base import Model
from seatrial.targets import process
from seatrial.targets.kubernetes import KubernetesSelector
from seatrial.targets.pattern import Pattern
from seatrial.targets.target import EndpointTarget, HostTarget, ProcessTarget, ResourceTarget, Target


class ProcessSelector(Model):
    """Processes of this machine. All given keys must match; at least one is needed."""

    cmdline: Pattern | None = None
    """A regular expression, searched in the command line (arguments joined by spaces)."""
    pid: int | None = Field(default=None, gt=1)
    """This process alone."""
    pidfile: Path | None = None
    """The process whose pid stands in this file."""
    user: str | None = None
    """Only processes of this user."""
    exclude: Pattern | None = None
    """A regular expression; processes whose command line it matches are left out."""

    @model_validator(mode="after")
    def _says_something(self) -> "ProcessSelector":
        if self.cmdline is None and self.pid is None and self.pidfile is None:
            raise ValueError("select processes by at least one of `cmdline`, `pid` or `pidfile`")
        return self

    def population(self) -> list[Target]:
        """Every process that matches, by pid; its own family and pid 1 only where they are named."""
        never = set() if self._names_one else process.own_family() | {1}
        return [t for t in self._candidates() if t.pid not in never and self._matches(t)]

    @property
    def _names_one(self) -> bool:
        """Whoever names a protected process is told so, rather than that there is none."""
        return self.pid is not None or self.pidfile is not None

    def _candidates(self) -> list[ProcessTarget]:
        pid = self._pid_from_file() if self.pidfile else self.pid
        if pid is None:
            return list(process.all_targets(self.matches_line))
        target = process.as_target(pid)
        return [target] if target else []

    def _pid_from_file(self) -> int:
        assert self.pidfile is not None
        try:
            return int(self.pidfile.read_text().strip())
        except (OSError, ValueError) as error:
            raise InvalidInput(
                f"pidfile {self.pidfile} cannot be used: {error}",
                "name a file that holds nothing but the pid of a running process",
            ) from None

    def _matches(self, target: ProcessTarget) -> bool:
        return (self.user is None or target.user == self.user) and self.matches_line(" ".join(target.argv))

    def matches_line(self, line: str) -> bool:
        """Whether a command line is wanted."""
        if self.exclude and re.search(self.exclude, line):
            return False
        return self.cmdline is None or re.search(self.cmdline, line) is not None


def split_address(address: str) -> tuple[str, int]:
    """Host and port of `host:port` or `[::1]:port`; raises ValueError."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError(f"{address!r} is not an address: write it as `host:port`")
    return host.strip("[]"), int(port)


def _is_address(address: str) -> str:
    split_address(address)
    return address


Address = Annotated[str, AfterValidator(_is_address)]
"""`host:port`."""


class EndpointSelector(Model):
    """Addresses that somebody serves."""

    addresses: tuple[Address, ...] = Field(min_length=1)
    """Each as `host:port`."""

    def population(self) -> list[Target]:
        pairs = dict.fromkeys(split_address(address) for address in self.addresses)
        return [EndpointTarget(host=host, port=port) for host, port in pairs]


class HostSelector(Model):
    """This machine as a whole."""

    def population(self) -> list[Target]:
        return [HostTarget(hostname=socket.gethostname() or os.uname().nodename, boot_id=process.boot_id())]


class ResourceSelector(Model):
    """What only a driver reaches, by the names that its actions know it by."""

    names: tuple[Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)], ...] = Field(
        min_length=1
    )
    """All that may be hit, each a target of its own. Two runs never hit one name at once."""

    def population(self) -> list[Target]:
        return [ResourceTarget(name=name) for name in dict.fromkeys(self.names)]


class Selector(Model):
    """Exactly one kind of target."""

    process: ProcessSelector | None = None
    endpoint: EndpointSelector | None = None
    host: HostSelector | None = None
    resource: ResourceSelector | None = None
    kubernetes: KubernetesSelector | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Selector":
        if sum(getattr(self, kind) is not None for kind in type(self).model_fields) != 1:
            raise ValueError(
                "name exactly one kind of target: `process`, `endpoint`, `host`, `resource` or `kubernetes`"
            )
        return self

    @property
    def _chosen(
        self,
    ) -> ProcessSelector | EndpointSelector | HostSelector | ResourceSelector | KubernetesSelector:
        chosen = self.process or self.endpoint or self.host or self.resource or self.kubernetes
        assert chosen is not None
        return chosen

    @property
    def kind(self) -> str:
        """The kind of target this selects: `process`, `endpoint`, `host`, `resource` or `kubernetes`."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def words(self) -> str:
        """What it looks for, for people."""
        return self.kind if self.kubernetes is None else self.kubernetes.words

    def population(self) -> list[Target]:
        """All that may be hit, in a stable order."""
        return self._chosen.population()

    @property
    def out_of_one_group(self) -> bool:
        """Whether stages count within one group of the population, which the seed picks."""
        return self.kubernetes is not None and self.kubernetes.together is not None

    def eligible(self, population: Sequence[Target], seed: str) -> list[Target]:
        """Those of the population out of which is chosen; a share of a stage is a share of these."""
        if self.kubernetes is not None:
            return self.kubernetes.eligible(population, random.Random(seed))
        return list(population)

    def choose(self, eligible: Sequence[Target], count: int, seed: str) -> list[Target]:
        """As many of them, by chance, the same for the same seed and population."""
        chance = random.Random(seed)
        if self.kubernetes is not None:
            return self.kubernetes.choose(eligible, count, chance)
        return chance.sample(list(eligible), count)
