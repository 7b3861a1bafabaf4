"""An SLO file of any of the known formats, read: what can be tested, and why the rest cannot."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from seatrial.errors import InvalidInput
from seatrial.files.json_reader import read_json
from seatrial.files.nearest import listed, nearest
from seatrial.files.node import Spot
from seatrial.files.problem import InvalidFile
from seatrial.files.source import Source, read_source
from seatrial.files.yaml_reader import read_documents
from seatrial.slo import openslo, plain, pyrra, slo_generator, sloth
from seatrial.slo.found import Found
from seatrial.slo.part import Part
from seatrial.slo.slo import Slo

Finder = Callable[[Sequence[Part]], Iterator[Found]]


@dataclass(frozen=True)
class SloFile:
    """What a file promises."""

    path: Path
    slos: tuple[Slo, ...]
    refused: tuple[tuple[str, InvalidFile], ...]
    """By name, why an SLO cannot be used."""

    def chosen(self, name: str = "") -> Slo:
        """The one of this name, or the only one; raises InvalidInput or the reason why it is refused."""
        names = [*(slo.name for slo in self.slos), *(refused for refused, _ in self.refused)]
        if not name and len(names) != 1:
            raise InvalidInput(
                f"{self.path} holds {len(names)} SLOs: {listed(names)}",
                f"name one of them: `{self.path.name}#{names[0]}`" if names else "write one",
            )
        wanted = name or names[0]
        for refused, why in self.refused:
            if refused == wanted:
                raise why
        for slo in self.slos:
            if slo.name == wanted:
                return slo
        guess = nearest(wanted, names)
        hint = f"did you mean `#{guess}`?" if guess else f"there is {listed(names)}"
        raise InvalidInput(f"{self.path} holds no SLO {wanted!r}", hint)


def read_slos(path: Path) -> SloFile:
    """Read a file; raises InvalidFile where it is none, or is broken as a whole."""
    source = read_source(path, "an SLO")
    if path.suffix.lower() == ".json":
        root, problems = read_json(source)
        roots = [root]
    else:
        roots, problems = read_documents(source)
    if problems:
        raise InvalidFile(problems)
    documents = [Part(source, root) for root in roots if not _is_empty(Part(source, root))]
    slos: list[Slo] = []
    refused: list[tuple[str, InvalidFile]] = []
    for found in _finder(source, documents)(documents):
        try:
            slos.append(_read(found))
        except InvalidFile as why:
            refused.append((found.name, why))
    _refuse_twins(source, [slo.name for slo in slos] + [name for name, _ in refused])
    return SloFile(path, tuple(slos), tuple(refused))


def slo_at(reference: str, folder: Path | None = None) -> Slo:
    """The SLO that `path#name` or `path` means; raises InvalidInput with the place and the remedy."""
    path, _, name = reference.partition("#")
    return read_slos((folder or Path()) / path).chosen(name)


def _is_empty(part: Part) -> bool:
    return getattr(part.node, "value", "") is None


def _read(found: Found) -> Slo:
    try:
        return found.read()
    except ValidationError as error:
        told = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        found.part.refuse(f"{found.name}: {told}", "mend this SLO")


def _refuse_twins(source: Source, names: list[str]) -> None:
    twin = next((name for name in names if names.count(name) > 1), None)
    if twin is not None:
        raise source.invalid(Spot(1, 1), f"two SLOs are called {twin!r}", "give one of them another name")


_FINDERS: Final[dict[str, Finder]] = {
    "openslo/v1": openslo.found_in,
    "prometheus/v1": sloth.found_in,
    "sloth.slok.dev/v1": sloth.found_in,
    "pyrra.dev/v1alpha1": pyrra.found_in,
    "sre.google.com/v2": slo_generator.found_in,
}
_NOT_READ: Final = {
    "openslo/v1alpha": "convert it to `openslo/v1` with `oslo convert`",
    "openslo.com/v2alpha": "write it as `openslo/v1`: version 2 is not settled yet",
    "n9/v1alpha": "export it as `openslo/v1`",
    "sre.google.com/v1": "convert it with `slo-generator migrate`",
}
_KNOWN: Final = "OpenSLO v1, Sloth, Pyrra, slo-generator v2, or Seatrial's own form: `slos: {name: {…}}`"


def _finder(source: Source, documents: Sequence[Part]) -> Finder:
    """By what the documents call themselves; raises InvalidFile for what is not read."""
    if not documents:
        raise source.invalid(Spot(1, 1), "nothing is in it", f"write {_KNOWN}")
    said = {_version(document) for document in documents}
    if len(said) > 1:
        documents[1].refuse("documents of several formats stand in one file", "split it")
    version = said.pop()
    first = documents[0]
    if version in _FINDERS:
        return _FINDERS[version]
    if version in _NOT_READ:
        first.refuse(f"`{version}` is not read", _NOT_READ[version])
    if version:
        guess = nearest(version, _FINDERS)
        hint = f"did you mean `{guess}`? Known is {_KNOWN}" if guess else f"write {_KNOWN}"
        first.refuse(f"`{version}` is no format of SLOs that is known", hint)
    if first.get("service_name") is not None and first.get("slo_name") is not None:
        first.refuse("this is slo-generator's first format", _NOT_READ["sre.google.com/v1"])
    if "slos" not in first.entries:
        first.refuse("this is no SLO file", f"write {_KNOWN}")
    return plain.found_in


def _version(document: Part) -> str:
    found = document.get("apiVersion") or document.get("version")
    return found.text if found is not None else ""
