"""What the parts of an experiment must have to do with each other, beyond what its models check."""

from collections import Counter
from collections.abc import Iterator

from seatrial.action import HasDoubts, HitsObjects
from seatrial.files.finding import Finding
from seatrial.files.leaves import leaves
from seatrial.files.nearest import listed
from seatrial.files.node import Node, ScalarNode, Spot, child, scalar_on
from seatrial.files.node import Path as Way
from seatrial.files.wanted import Told
from seatrial.measure import Measure
from seatrial.model.experiment import SPENT, Experiment
from seatrial.model.fault import Fault
from seatrial.model.objective import Objective, Unit
from seatrial.model.sli import Sli
from seatrial.model.units import format_duration
from seatrial.probe import AsksServer, FromLoad, Probe
from seatrial.targets.target import kinds_of


def faults_of(experiment: Experiment, root: Node) -> Iterator[Finding]:
    """What makes the experiment impossible, though each part is right by itself."""
    yield from _locustfile(experiment, root)
    yield from _texts_as_flags(experiment, root)
    yield from _servers(experiment, root)
    for index, fault in enumerate(experiment.faults):
        yield from _wrong_kind(fault, ("faults", index), root)
        yield from _wrong_object(fault, ("faults", index), root)
    for index, guard in enumerate(experiment.stop_when):
        if guard.quantity == SPENT:
            continue
        yield from _wrong_guard(guard, experiment, ("stop_when", index), root)


def doubts_of(experiment: Experiment, root: Node) -> Iterator[Finding]:
    """What is allowed but cannot be meant."""
    if experiment.settle > experiment.recover_within:
        settle, within = format_duration(experiment.settle), format_duration(experiment.recover_within)
        told = f"settling takes {settle}, but recovery is given only {within}", "raise `recover_within`"
        yield _finding(root, ("recover_within",), told)
    if experiment.interval * 3 > experiment.baseline:
        told = "the baseline is shorter than three intervals", "raise `baseline` or lower `interval`"
        yield _finding(root, ("baseline",), told)
    if experiment.load and not any(_sees_load(sli.probe) for sli in experiment.signals.values()):
        told = "no SLI reads the load", "add one, such as `availability: {load: success_ratio, ...}`"
        yield _finding(root, ("load",), told)
    groups = Counter(fault.one_of for fault in experiment.faults)
    for index, fault in enumerate(experiment.faults):
        if fault.one_of is not None and groups[fault.one_of] == 1:
            told = f"`{fault.one_of}` is the group of this fault alone", "give others the same `one_of`"
            yield _finding(root, ("faults", index, "one_of"), told)
        yield from _beyond_caps(fault, experiment, ("faults", index), root)
        if isinstance(fault.parameters, HasDoubts):
            for told in fault.parameters.doubts():
                yield _finding(root, ("faults", index, "with"), told)


def _sees_load(probe: Probe) -> bool:
    """Directly, or in what the service counts of it."""
    return isinstance(probe, FromLoad) or probe.measure is not Measure.VALUE


def _finding(root: Node, way: Way, told: Told) -> Finding:
    return Finding(way, spot_of(root, way), told)


def spot_of(root: Node, way: Way) -> Spot:
    """Of the deepest part of the way that is in the file."""
    spot, node = root.spot, root
    for element in way:
        step = child(node, element)
        if step is None:
            break
        node, spot = step.node, step.node.spot if isinstance(step.node, ScalarNode) else step.key_spot
    return spot


_WORDS_FOR_FLAGS = frozenset({"y", "yes", "n", "no", "on", "off", "t", "true", "f", "false", "1", "0"})
"""What pydantic makes a flag of. An objective such as `open == true` has its flag inside a longer text."""


def _texts_as_flags(experiment: Experiment, root: Node) -> Iterator[Finding]:
    """`yes` and `off` are texts since YAML 1.2, whatever a model would make of them: told, not guessed."""
    for way, value in leaves(experiment):
        if not isinstance(value, bool):
            continue
        at, scalar = scalar_on(root, way)
        if isinstance(scalar.value, str) and scalar.value.lower() in _WORDS_FOR_FLAGS:
            meant = "true" if value else "false"
            told = f"`{scalar.value}` is a text since YAML 1.2, not a flag", f"write `{meant}`"
            yield Finding(at, scalar.spot, told)


def _locustfile(experiment: Experiment, root: Node) -> Iterator[Finding]:
    path = experiment.load.locustfile if experiment.load else None
    if path is not None and not path.is_file():
        others = sorted(p.name for p in path.parent.glob("*.py")) if path.parent.is_dir() else []
        there = f"; there are {listed(others[:5])}" if others else ""
        told = (
            f"there is no Locust file {path}",
            f"mend the path: it is relative to the experiment's file{there}",
        )
        yield _finding(root, ("load", "locustfile"), told)


def _servers(experiment: Experiment, root: Node) -> Iterator[Finding]:
    """Each SLI that is read from a server names one that is there."""
    known = experiment.prometheus
    for section in ("slis", "requires"):
        for name, sli in getattr(experiment, section).items():
            probe = sli.probe
            if not isinstance(probe, AsksServer) or probe.url is not None or probe.server in known:
                continue
            way: Way = (section, name, sli.probe_name, "server")
            if probe.server is not None:
                there = f"there is {listed(known)}" if known else "there is none at all"
                told = (
                    f"no server {probe.server!r} stands under `prometheus`",
                    f"{there}; add it, or mend the name",
                )
                yield _finding(root, way, told)
            elif len(known) != 1:
                several = (
                    f"one of {listed(known)} by `server`"
                    if known
                    else "`prometheus: {main: {url: ...}}`, or `url` here"
                )
                yield _finding(root, way[:-1], ("it does not say which server is asked", f"name {several}"))


def _wrong_kind(fault: Fault, way: Way, root: Node) -> Iterator[Finding]:
    wanted = kinds_of(type(fault.parameters).target_model())
    if wanted and fault.targets.kind not in wanted:
        told = (
            f"{fault.action} cannot hit `{fault.targets.kind}`",
            f"select {listed(wanted)} under `targets`, or choose another action",
        )
        yield _finding(root, (*way, "targets", fault.targets.kind), told)


def _wrong_object(fault: Fault, way: Way, root: Node) -> Iterator[Finding]:
    """Of a cluster: what the plan would refuse whichever object is chosen."""
    selector, action = fault.targets.kubernetes, fault.parameters
    if selector is None or not isinstance(action, HitsObjects):
        return
    if selector.kind not in action.hits:
        told = f"{fault.action} cannot hit a {selector.kind}", f"select a {listed(action.hits)}"
        yield _finding(root, (*way, "targets", "kubernetes", "kind"), told)
    elif (why := action.impossible()) is not None:
        told = why, "select a host or a process outside a cluster, or choose another action"
        yield _finding(root, (*way, "action"), told)


def _wrong_guard(guard: Objective, experiment: Experiment, way: Way, root: Node) -> Iterator[Finding]:
    name, _, quantity = str(guard.quantity).partition(".")
    told = _misfit(guard, quantity, experiment.signals[name])
    if told:
        yield _finding(root, way, (f"{guard.text!r} {told[0]}", told[1]))


def _misfit(guard: Objective, quantity: str, sli: Sli) -> Told | None:
    probe = sli.probe
    if probe.measure is Measure.VALUE:
        return _unknown_quantity(guard, quantity, sli)
    wanted = Unit.SHARE if probe.measure is Measure.RATIO else Unit.MILLISECONDS
    if quantity:
        return "names a quantity, but this SLI has only one", f"remove `.{quantity}`"
    if guard.unit not in (wanted, Unit.BASELINE):
        example = "95%" if wanted is Unit.SHARE else "2 s"
        return f"does not fit a {probe.measure}", f"write a bound such as `{example}`"
    smaller_is_better = probe.measure is Measure.LATENCY or probe.counts_bad
    if guard.upper is smaller_is_better or guard.op in ("==", "!="):
        op = ">" if smaller_is_better else "<"
        return "stops the run while all is well", f"write when to stop: with `{op}`"
    return None


def _unknown_quantity(guard: Objective, quantity: str, sli: Sli) -> Told | None:
    quantities = sli.probe.quantities
    if quantity and quantity not in quantities:
        return f"names {quantity!r}, which {sli.probe.name} does not read", f"it reads {listed(quantities)}"
    unit = quantities.get(quantity or next(iter(quantities), ""), "")
    if guard.unit in (unit, Unit.BASELINE) or isinstance(guard.bound, str | bool):
        return None
    return "has the wrong unit", f"write the bound in {unit}" if unit else "write the bound without a unit"


def _beyond_caps(fault: Fault, experiment: Experiment, way: Way, root: Node) -> Iterator[Finding]:
    caps = experiment.blast_radius
    if caps is None:
        return
    counts = [stage.count for stage in fault.stages if stage.count is not None]
    shares = [stage.share for stage in fault.stages if stage.share is not None]
    if fault.targets.out_of_one_group:
        shares = []  # of a group, whose part of the population only the plan knows
    if max(counts, default=0) > caps.max_targets or max(shares, default=0.0) > caps.max_share:
        told = (
            "these stages are beyond the blast radius: the plan will be refused",
            "lower them, or raise its caps",
        )
        yield _finding(root, (*way, "stages"), told)
    if fault.for_s > caps.max_duration:
        longest = format_duration(caps.max_duration)
        told = (
            f"this is longer than `max_duration`, {longest}: the plan will be refused",
            "shorten it, or raise the cap",
        )
        yield _finding(root, (*way, "for"), told)
    if fault.for_s / len(fault.stages) < 3 * experiment.interval:
        each = format_duration(fault.for_s / len(fault.stages))
        told = f"each stage lasts {each}, too short for three readings", "raise `for`, or use fewer stages"
        yield _finding(root, (*way, "for"), told)
