"""An experiment file, read: the experiment, and what may be written down of it."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from seatrial.errors import InvalidInput
from seatrial.files import semantics, variables
from seatrial.files.broken_packs import telling_of_broken_packs
from seatrial.files.finding import Finding
from seatrial.files.json_reader import read_json
from seatrial.files.node import Entry, MapNode, Node, Scalar, ScalarNode, Spot, plain, words
from seatrial.files.paths import with_absolute_paths
from seatrial.files.placeholder import BadPlaceholder
from seatrial.files.precautions import with_inherited
from seatrial.files.problem import InvalidFile, Problem
from seatrial.files.promises import with_promises
from seatrial.files.source import Source, read_source
from seatrial.files.validation import validate
from seatrial.files.yaml_reader import read_yaml
from seatrial.model.assembled import experiment_model
from seatrial.model.experiment import Experiment
from seatrial.pack import Pack, find_team_root, load_packs


@dataclass(frozen=True)
class ExperimentFile:
    """One experiment file and everything that a run needs of it."""

    path: Path
    """Absolute."""
    sha256: str
    """Of the file's bytes."""
    pack: Pack
    experiment: Experiment
    """With the real values of the environment: never to be written down."""
    masked: dict[str, JsonValue]
    """As written, variables put in and paths absolute, but `${env:NAME}` and `$${` still in place."""
    secrets: Mapping[str, str]
    """What came from the environment, by name: to be scrubbed from whatever is shown."""
    warnings: tuple[Problem, ...] = ()

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders of its packs."""
        return self.pack.roots


def read_experiment(
    path: Path,
    *,
    packs: Sequence[Path] = (),
    overrides: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    whole: bool = False,
) -> ExperimentFile:
    """Read and check a file; raises InvalidFile with all of its problems, InvalidInput for a broken pack.

    `overrides` are values for the file's variables; `packs` come on top of the shipped pack and the
    team's own, which is found from the file's folder. `whole`: load them whole, also what the file does
    not name; a part of them that is broken is told then.
    """
    source = read_source(path)
    root, problems = read_json(source) if path.suffix.lower() == ".json" else read_yaml(source)
    real = Path(os.path.abspath(path))  # noqa: PTH100  resolve() would follow links out of the user's folder
    environ = os.environ if environ is None else environ
    document = _as_mapping(source, root)

    def with_pack(pack: Pack) -> ExperimentFile:
        return _Reading(source, [*problems], real, pack, environ).read(document, overrides or {})

    roots = _roots_of(path, packs)
    if not whole:
        with suppress(InvalidInput, InvalidFile):  # told below, with every part that might have been meant
            return with_pack(load_packs(*roots, naming=words(document)))
    return with_pack(load_packs(*roots))


def read_document(document: JsonValue, name: str, pack: Pack) -> ExperimentFile:
    """The same of a document in memory; its paths are relative to where this process is."""
    text = json.dumps(document)
    source = Source(name, text, hashlib.sha256(text.encode()).hexdigest())
    root, problems = read_json(source)
    return _Reading(source, problems, Path.cwd() / name, pack, os.environ).read(_as_mapping(source, root), {})


def _roots_of(path: Path, packs: Sequence[Path]) -> list[Path]:
    team = find_team_root(path.resolve().parent)
    return [*([team] if team else []), *packs]


def _as_mapping(source: Source, root: Node) -> MapNode:
    if isinstance(root, MapNode):
        entries = {key: entry for key, entry in root.entries.items() if key != "$schema"}
        return MapNode(root.spot, entries)
    told = "a list" if not isinstance(root, ScalarNode) else "a single value"
    raise source.invalid(
        root.spot,
        f"an experiment is a mapping of keys, and this is {told}",
        "begin with `title: ...`; `seatrial init` writes an example",
    )


class _Reading:
    """One file on its way from nodes to an experiment."""

    def __init__(
        self, source: Source, problems: list[Problem], path: Path, pack: Pack, environ: Mapping[str, str]
    ) -> None:
        self.source = source
        self.path = path
        self.pack = pack
        self.environ = environ
        self.problems = problems
        self._unusable = {Spot(problem.line, problem.column) for problem in problems}
        self.warnings: list[Problem] = []
        self._model = experiment_model(pack)

    def read(self, root: MapNode, overrides: Mapping[str, str]) -> ExperimentFile:
        whole = with_inherited(self._expanded(root, overrides), self.pack)
        masked: Node = self._with_promises(whole)
        resolved = self._resolved(masked)
        secrets = variables.secret_values(plain(masked), self.environ)
        with telling_of_broken_packs(self.pack, secrets):
            experiment, findings = validate(self._model, resolved)
            if experiment is not None:
                masked, unfound = with_absolute_paths(experiment, masked, self.path.parent)
                experiment, findings = validate(self._model, self._resolved(masked))
                findings += unfound
            if experiment is not None:
                findings += semantics.faults_of(experiment, masked)
                self.warnings += self._told(semantics.doubts_of(experiment, masked), secrets)
        self.problems += self._told(findings, secrets)
        if self.problems or experiment is None:
            raise InvalidFile(dict.fromkeys(self.problems))
        document = cast("dict[str, JsonValue]", plain(masked))
        return ExperimentFile(
            self.path, self.source.sha256, self.pack, experiment, document, secrets, tuple(self.warnings)
        )

    def _with_promises(self, root: MapNode) -> MapNode:
        """With the objectives of SLO files."""
        masked, findings, problems = with_promises(root, self.pack, self.path.parent, self.environ)
        self.problems += [*problems, *self._told(findings, {})]
        self._unusable |= {finding.spot for finding in findings}
        return masked

    def _report(self, node: ScalarNode, error: BadPlaceholder) -> None:
        self._unusable.add(node.spot)
        if not isinstance(error, variables.ToldElsewhere):
            self.problems.append(self.source.problem(node.spot, str(error), error.hint))

    def _told(self, findings: Iterable[Finding], secrets: Mapping[str, str]) -> list[Problem]:
        return [
            self.source.problem(found.spot, *(variables.scrubbed(text, secrets) for text in found.told))
            for found in findings
            if found.spot not in self._unusable  # what follows from a value that could not be read
        ]

    def _expanded(self, root: MapNode, overrides: Mapping[str, str]) -> MapNode:
        """Variables put in, the environment's not."""
        section = root.entries.get("variables")
        known = variables.declared(section.node if section else None, overrides, self.environ, self._report)
        names = [*known.values, *sorted(known.broken)]
        at = section.key_spot if section else Spot(1, 1)
        self.problems += [self.source.problem(at, *told) for told in variables.undeclared(overrides, names)]
        entries = {
            key: Entry(entry.key_spot, variables.mapped(entry.node, known.expand, self._report))
            for key, entry in root.entries.items()
            if key != "variables"
        }
        if section and isinstance(section.node, MapNode):
            self._warn_of_unused(section.node, known)
            entries["variables"] = Entry(section.key_spot, _with_values(section.node, known.values))
        elif section:
            entries["variables"] = section
        return MapNode(root.spot, entries)

    def _warn_of_unused(self, section: MapNode, known: variables.Variables) -> None:
        for name, entry in section.entries.items():
            if name in known.values and name not in known.used:
                told = (
                    f"variable `{name}` is not used",
                    f"remove it, or write `${{{name}}}` where it is meant",
                )
                self.warnings.append(self.source.problem(entry.key_spot, *told))

    def _resolved(self, masked: Node) -> Node:
        return variables.mapped(masked, lambda text: variables.resolve_text(text, self.environ), self._report)


def _with_values(section: MapNode, values: Mapping[str, Scalar]) -> MapNode:
    """The `variables:` section with what `--set` made of it."""
    return MapNode(
        section.spot,
        {
            name: Entry(e.key_spot, ScalarNode(e.node.spot, values[name]) if name in values else e.node)
            for name, e in section.entries.items()
        },
    )
