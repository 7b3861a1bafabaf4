"""Keys that the Chaos Toolkit does not know, and silently ignores: a `rollback:` runs with no rollback."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from seatrial.files.nearest import listed, nearest
from seatrial.files.node import Path as Way

_ACTIVITY: Final = (
    "type",
    "name",
    "provider",
    "tolerance",
    "pauses",
    "background",
    "timeout",
    "controls",
    "dry",
    "ref",
)
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "experiment": (
        "title", "description", "version", "tags", "configuration", "secrets", "contributions",
        "steady-state-hypothesis", "method", "rollbacks", "controls", "extensions", "runtime", "dry",
    ),
    "hypothesis": ("title", "description", "probes", "controls"),
    "python": ("type", "module", "func", "arguments", "secrets"),
    "process": ("type", "path", "arguments", "timeout", "secrets"),
    "http": (
        "type", "url", "method", "headers", "timeout", "arguments", "verify_tls", "max_retries", "secrets",
    ),
    "pauses": ("before", "after"),
    "runtime": ("hypothesis", "rollbacks"),
    "strategy": ("strategy",),
}  # fmt: skip
Told = tuple[Way, str, str]
"""The way to a key, a sentence, a hint."""


def unknown_keys(document: Mapping[str, Any]) -> Iterator[Told]:
    """Every one of them."""
    yield from _of((), document, _KEYS["experiment"])
    hypothesis = document.get("steady-state-hypothesis") or {}
    yield from _of(("steady-state-hypothesis",), hypothesis, _KEYS["hypothesis"])
    runtime = document.get("runtime") or {}
    for part in ("hypothesis", "rollbacks"):
        yield from _of(("runtime", part), runtime.get(part) or {}, _KEYS["strategy"])
    yield from _of(("runtime",), runtime, _KEYS["runtime"])
    sections: dict[Way, Sequence[Any]] = {
        ("steady-state-hypothesis", "probes"): hypothesis.get("probes") or (),
        ("method",): document["method"],
        ("rollbacks",): document.get("rollbacks") or (),
    }
    for way, steps in sections.items():
        for index, step in enumerate(steps):
            yield from _of_step((*way, index), step)


def _of_step(way: Way, step: Mapping[str, Any]) -> Iterator[Told]:
    yield from _of(way, step, _ACTIVITY)
    yield from _of((*way, "pauses"), step.get("pauses") or {}, _KEYS["pauses"])
    provider = step.get("provider") or {}
    yield from _of((*way, "provider"), provider, _KEYS.get(str(provider.get("type")), provider))


def _of(way: Way, written: Mapping[str, Any], known: Collection[str]) -> Iterator[Told]:
    for key in written:
        if key not in known and not key.startswith("x-"):
            guess = nearest(key, [one for one in known if one not in written])
            hint = f"did you mean `{guess}`?" if guess else f"the keys here are {listed(known)}"
            yield (*way, key), f"unknown key `{key}`: it is ignored, as the Chaos Toolkit does", hint
