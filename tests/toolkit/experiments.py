"""Experiments of the Chaos Toolkit's format, in few words."""

from pathlib import Path
from typing import Any

Document = dict[str, Any]


def sh(name: str, script: str, kind: str = "action", **keys: Any) -> Document:
    """A program: a script of the shell."""
    provider = {"type": "process", "path": "sh", "arguments": ["-c", script], **keys.pop("provider", {})}
    return {"type": kind, "name": name, "provider": provider, **keys}


def python(name: str, target: str, kind: str = "action", /, **keys: Any) -> Document:
    """A function, `module:function`; its arguments are `arguments`."""
    module, _, func = target.partition(":")
    provider = {"type": "python", "module": module, "func": func, "arguments": keys.pop("arguments", {})}
    return {"type": kind, "name": name, "provider": {**provider, **keys.pop("provider", {})}, **keys}


def probe(name: str, target: str, tolerance: Any, **keys: Any) -> Document:
    """A probe of a hypothesis."""
    return {**python(name, target, "probe", **keys), "tolerance": tolerance}


def experiment(method: list[Document], rollbacks: list[Document] | None = None, **keys: Any) -> Document:
    """`probes` are those of its hypothesis."""
    probes = keys.pop("probes", None)
    hypothesis = {"steady-state-hypothesis": {"title": "all is well", "probes": probes}} if probes else {}
    written = {"title": "a try", "description": "of what it does", **hypothesis, "method": method, **keys}
    return written if rollbacks is None else {**written, "rollbacks": rollbacks}


def fault(folder: Path) -> Document:
    """An action that leaves something."""
    return sh("break", f"touch {folder}/broken")


def repair(folder: Path) -> Document:
    """The rollback that takes it away."""
    return sh("repair", f"rm -f {folder}/broken; echo repaired >> {folder}/log")


def is_broken(folder: Path) -> bool:
    return (folder / "broken").exists()
