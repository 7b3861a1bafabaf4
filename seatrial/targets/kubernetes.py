"""Which objects of a Kubernetes cluster may be hit, and which of them are chosen."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from seatrial.kube.objects import labelled
from seatrial.kube.rights import Right, on_kind
from seatrial.model.base import Model
from seatrial.targets.pattern import Pattern
from seatrial.targets.target import KubernetesTarget, Target

SelectableKind = Literal[
    "Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job",
    "Service", "Node", "Namespace", "ConfigMap", "Secret",
]  # fmt: skip
Group = Literal["owner", "node", "zone"]
_Word = Annotated[str, StringConstraints(min_length=1, max_length=253, strip_whitespace=True)]
_IN_NO_NAMESPACE = ("Node", "Namespace")
ANYWHERE = "*"


def _is_owner(text: str) -> str:
    kind, slash, name = text.partition("/")
    if not (kind and slash and name):
        raise ValueError(f"{text!r} is no owner: write it as `Deployment/web`")
    return text


class RunningPods(Model):
    """Pods, for the nodes that they run on."""

    namespace: _Word
    labels: _Word | dict[str, str]
    """A mapping, or a selector as kubectl's."""

    @property
    def label_selector(self) -> str:
        """As the API takes it."""
        return labelled(self.labels)


class KubernetesSelector(Model):
    """Objects of a Kubernetes cluster. All given keys must match."""

    kubeconfig: Path | None = None
    """The file that says where the cluster is; without it KUBECONFIG, else the usual file, else this pod's
    own cluster."""
    context: _Word | None = None
    """The context of the kubeconfig; without it the current one. The plan shows which that is."""
    kind: SelectableKind
    """What is hit."""
    namespace: _Word | None = None
    """Where; `*` is every namespace but the cluster's own, which have to be named."""
    name: _Word | tuple[_Word, ...] | None = None
    """By name, one or several."""
    labels: _Word | dict[str, str] | None = None
    """By labels: a mapping, or a selector as kubectl's: `app=web,tier!=cache`."""
    fields: _Word | None = None
    """By fields, as kubectl's: `status.phase=Running`."""
    owner: Annotated[_Word, AfterValidator(_is_owner)] | None = None
    """Pods by who brings them back: `Deployment/web`. Those of Jobs and DaemonSets only so, or by name."""
    node: _Word | None = None
    """Pods by the node that they run on."""
    zone: _Word | None = None
    """Nodes by their zone (`topology.kubernetes.io/zone`), pods by that of their node."""
    running: RunningPods | None = None
    """Nodes by what runs on them: those of a cluster that a service would miss."""
    container: _Word | None = None
    """For pods: the container that is meant, where the action is on one and the pod has several."""
    process: Pattern | None = None
    """For pods, where the fault is on a process: a regular expression, searched in the command lines of the
    container; without it its main process."""
    exclude: _Word | tuple[_Word, ...] | dict[str, str] = ()
    """What is left out: names, or labels as a mapping."""
    spread: Group | None = None
    """Choose evenly over owners, nodes or zones: the second target is in another one than the first."""
    together: Group | None = None
    """Choose all out of one owner, node or zone, which the run's seed picks: `together: zone` with
    `stages: [100%]` is the loss of a zone."""

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if self.kind in _IN_NO_NAMESPACE and self.namespace is not None:
            raise ValueError(f"a {self.kind} is in no namespace: leave `namespace` out")
        if self.kind not in _IN_NO_NAMESPACE and self.namespace is None:
            raise ValueError(f"a {self.kind} is in a namespace: say which, as `namespace: shop`")
        for key in ("owner", "node", "container", "process"):
            if getattr(self, key) is not None and self.kind != "Pod":
                raise ValueError(f"`{key}` selects pods: write `kind: Pod`, or leave it out")
        if self.zone is not None and self.kind not in ("Pod", "Node"):
            raise ValueError("`zone` selects pods and nodes: leave it out")
        if self.running is not None and self.kind != "Node":
            raise ValueError("`running` selects nodes: write `kind: Node`, or leave it out")
        if self.spread is not None and self.together is not None:
            raise ValueError("`spread` and `together` are opposites: keep one of them")
        return self

    def population(self) -> list[Target]:
        """All that match, by namespace and name; raises InvalidInput where the cluster does not say."""
        from seatrial.targets.kubernetes_population import population

        return population(self)

    def eligible(self, population: Sequence[Target], chance: random.Random) -> list[Target]:
        """Those out of which is chosen: all, or with `together` those of one group."""
        if self.together is None:
            return list(population)
        groups = _grouped(population, self.together)
        return groups[sorted(groups)[chance.randrange(len(groups))]] if groups else []

    def choose(self, eligible: Sequence[Target], count: int, chance: random.Random) -> list[Target]:
        """As many of them, by chance: of all, or evenly over groups."""
        shuffled = chance.sample(list(eligible), len(eligible))
        if self.spread is None:
            return shuffled[:count]
        groups = _grouped(shuffled, self.spread)
        return _evenly([groups[key] for key in chance.sample(sorted(groups), len(groups))])[:count]

    @property
    def words(self) -> str:
        """What is looked for: `Pod in namespace shop with labels app=web that may be hit`."""
        where = "" if self.namespace is None else f" in namespace {self.namespace}"
        asked = {
            "name": self.name if self.name is None or isinstance(self.name, str) else ", ".join(self.name),
            "labels": self.label_selector,
            "fields": self.fields,
            "owner": self.owner,
            "node": self.node,
            "zone": self.zone,
        }
        given = " and ".join(f"{key} {value}" for key, value in asked.items() if value is not None)
        return f"{self.kind}{where}{f' with {given}' if given else ''} that may be hit"

    def rights(self) -> list[Right]:
        """To find the population."""
        namespace = None if self.namespace == ANYWHERE else self.namespace
        found = on_kind(self.kind, namespace, "list")
        if self.namespace is not None:  # whether its team has opted it out
            found.append(Right("get", "", "namespaces", namespace, namespace))
        if self.running is not None:
            found += on_kind("Pod", self.running.namespace, "list")
        if self.kind == "Pod":
            found += on_kind("ReplicaSet", namespace, "list")
            if self.needs_zones:
                found += on_kind("Node", None, "list")
        return found

    @property
    def needs_zones(self) -> bool:
        """Whether the zones of pods have to be looked up."""
        return self.zone is not None or "zone" in (self.spread, self.together)

    @property
    def label_selector(self) -> str | None:
        """As the API takes it."""
        return None if self.labels is None else labelled(self.labels)


def _grouped(targets: Sequence[Target], key: Group) -> dict[str, list[Target]]:
    groups: dict[str, list[Target]] = {}
    for target in targets:
        groups.setdefault(_group_of(target, key), []).append(target)
    return groups


def _evenly(groups: Sequence[Sequence[Target]]) -> list[Target]:
    longest = max(map(len, groups), default=0)
    return [group[n] for n in range(longest) for group in groups if n < len(group)]


def _group_of(target: Target, key: Group) -> str:
    assert isinstance(target, KubernetesTarget)
    match key:
        case "owner":
            return target.workload or target.identity
        case "node":
            return target.node or target.object.name
    return target.zone or ""
