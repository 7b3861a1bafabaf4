"""SLIs that name an SLO file: its place made absolute, and its objective put where the SLI gives none.

Done before the model sees the document, so that the experiment as it is written down holds the objective.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from seatrial.errors import InvalidInput
from seatrial.files.finding import Finding
from seatrial.files.node import Entry, MapNode, Node, ScalarNode, at, replaced
from seatrial.files.node import Path as Way
from seatrial.files.problem import InvalidFile, Problem
from seatrial.files.variables import resolve_environment
from seatrial.pack import Pack

_NONE = ">= 0%"
"""Stands for the objective of an SLO that cannot be read: the file is wrong anyway, once is enough."""


def with_promises(
    root: MapNode, pack: Pack, folder: Path, environ: Mapping[str, str]
) -> tuple[MapNode, list[Finding], list[Problem]]:
    """The document with promised objectives, what is wrong in it, and what is wrong in SLO files."""
    findings: list[Finding] = []
    problems: list[Problem] = []
    for way, scalar in list(_references(root, pack)):
        from seatrial.slo.slo_file import slo_at

        objective = _NONE
        try:
            reference = str(resolve_environment(str(scalar.value), environ))
            objective = slo_at(reference, folder).objective_text
        except InvalidFile as why:
            problems += why.problems
            findings.append(Finding(way, scalar.spot, ("this SLO cannot be used", "mend its file, as told")))
        except InvalidInput as why:
            findings.append(Finding(way, scalar.spot, (why.message, why.hint)))
        root = _with_objective(root, way[:2], ScalarNode(scalar.spot, objective))
    return root, findings, problems


def _references(root: MapNode, pack: Pack) -> Iterator[tuple[Way, ScalarNode]]:
    """Each text that names an SLO file, be it in the short form or in the long."""
    keys = {name: probe.promise_key for name, probe in pack.probes.items() if probe.promise_key}
    for section in ("slis", "requires"):
        slis = at(root, (section,))
        for name in slis.entries if isinstance(slis, MapNode) else ():
            for probe, key in keys.items():
                for way in ((section, name, probe), (section, name, probe, key)):
                    found = at(root, way)
                    if isinstance(found, ScalarNode) and isinstance(found.value, str):
                        yield way, found


def _with_objective(root: MapNode, way: Way, objective: ScalarNode) -> MapNode:
    sli: Node | None = at(root, way)
    assert isinstance(sli, MapNode)
    if "objective" in sli.entries:
        return root
    entries = {**sli.entries, "objective": Entry(objective.spot, objective)}
    changed = replaced(root, way, MapNode(sli.spot, entries))
    assert isinstance(changed, MapNode)
    return changed
