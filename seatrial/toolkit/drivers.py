"""Chaos Toolkit drivers: which are installed, and what their functions take.

Their source is read, not run: importing one takes up to a second and may do anything.
"""

import ast
import functools
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath
from typing import Final

from pydantic import JsonValue

from seatrial.model.base import Model

_NO_DRIVERS: Final = frozenset({"chaostoolkit", "chaostoolkit-lib", "seatrial"})
_KINDS: Final = {"actions": "action", "probes": "probe", "tolerances": "tolerance"}
"""By a part of the module's name, what its functions are."""
_BESIDE: Final = frozenset({"secrets", "configuration"})
"""Parameters that the Chaos Toolkit fills itself."""
_FOLLOWED_MAX: Final = 5
"""How many modules a name is followed through that one imports from another."""


class Function(Model):
    """A function that a driver offers."""

    module: str
    func: str
    kind: str
    """`action`, `probe` or `tolerance`."""
    signature: str
    """As in its source: `(name: str, replicas: int, ns: str = 'default')`."""
    required: tuple[str, ...]
    """Arguments that have to be given."""
    known: tuple[str, ...]
    """All that it takes."""
    takes_any: bool
    """True where it takes arguments of other names too."""
    doc: str


class Driver(Model):
    """An installed distribution of functions for the Chaos Toolkit."""

    name: str
    version: str
    packages: tuple[str, ...]
    functions: tuple[Function, ...]
    controls: tuple[str, ...]
    """Modules that are controls."""


def drivers() -> list[Driver]:
    """Every installed driver with all that it offers, by name."""
    found = {one.name.lower(): one for one in distributions() if _is_driver(one)}
    return [_driver(one) for _, one in sorted(found.items())]


def function(module: str, func: str) -> Function | None:
    """What the source of a module tells of one of its functions; None where it does not tell."""
    return _functions(module).get(func)


def problem_of(module: str, func: str, arguments: Mapping[str, JsonValue]) -> str:
    """Why this call cannot be made, and what to do; empty where nothing speaks against it."""
    if _spec(module) is None:
        is_of_python = _top(module) in sys.stdlib_module_names
        return "" if is_of_python else f"there is no module {module!r}: mend the name, or install its driver"
    found = function(module, func)
    if found is not None:
        return _unfit(found, arguments)
    names = sorted(_functions(module))
    if names and not _is_open(module):
        return f"{module} has no function {func!r}: use one of {', '.join(names)}"
    return ""


def _unfit(found: Function, arguments: Mapping[str, JsonValue]) -> str:
    """Why it cannot be called with these arguments."""
    func = found.func
    missing = [name for name in found.required if name not in arguments]
    unknown = [name for name in arguments if name not in found.known]
    if missing:
        return f"{func} needs {', '.join(missing)}: add it to `arguments`; it takes {found.signature}"
    if unknown and not found.takes_any:
        return f"{func} does not take {', '.join(unknown)}: remove it; it takes {found.signature}"
    return ""


def _is_driver(distribution: Distribution) -> bool:
    name = (distribution.name or "").lower().replace("_", "-")
    asked = (line.split(";")[0] for line in distribution.requires or ())
    return name not in _NO_DRIVERS and any(line.startswith("chaostoolkit-lib") for line in asked)


def _driver(distribution: Distribution) -> Driver:
    files = [PurePosixPath(str(path)) for path in distribution.files or ()]
    modules = sorted({_module_name(path) for path in files if path.suffix == ".py" and len(path.parts) > 1})
    offered = [one for name in modules for one in _offered(name)]
    packages = tuple(sorted({_top(name) for name in modules}))
    return Driver(
        name=distribution.name,
        version=distribution.version,
        packages=packages,
        functions=tuple(offered),
        controls=tuple(name for name in modules if any(map(_is_hook, _exported(name)))),
    )


def _top(module: str) -> str:
    return module.partition(".")[0]


def _module_name(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _offered(module: str) -> list[Function]:
    """What a module exports, where its name says that this is for experiments."""
    exported = _exported(module) if _kind(module) else ()
    return [one for one in _functions(module).values() if one.func in exported and not _is_hook(one.func)]


def _is_hook(func: str) -> bool:
    """By such a name a control is called, `before_activity_control`; nobody names it in an experiment."""
    return func.endswith("_control")


def _kind(module: str) -> str:
    return next((_KINDS[part] for part in reversed(module.split(".")) if part in _KINDS), "")


@functools.cache
def _spec(module: str) -> ModuleSpec | None:
    """Where a module is, with none of the packages above it run."""
    parent, _, _ = module.rpartition(".")
    if not parent:
        return PathFinder.find_spec(module, sys.path)
    above = _spec(parent)
    locations = above.submodule_search_locations if above is not None else None
    return PathFinder.find_spec(module, list(locations)) if locations is not None else None


@functools.cache
def _tree(module: str) -> ast.Module | None:
    spec = _spec(module)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    try:
        return ast.parse(Path(spec.origin).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def _is_open(module: str) -> bool:
    """True where a module may have names that its source does not show."""
    tree = _tree(module)
    if tree is None:
        return True
    nodes = list(_statements(tree.body))
    stars = (a.name == "*" for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names)
    return any(stars) or any(isinstance(n, ast.FunctionDef) and n.name == "__getattr__" for n in nodes)


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Those of a module, also where they stand under a condition."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.ExceptHandler):
            yield from _statements(ast.iter_child_nodes(node))


def _exported(module: str) -> tuple[str, ...]:
    tree = _tree(module)
    for node in tree.body if tree else ():
        targets = node.targets if isinstance(node, ast.Assign) else ()
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return tuple(ast.literal_eval(node.value)) if isinstance(node, ast.Assign) else ()
    return ()


@functools.cache
def _functions(module: str, depth: int = _FOLLOWED_MAX) -> Mapping[str, Function]:
    """By name, the functions that a module defines, and those that it imports from others."""
    found: dict[str, Function] = {}
    tree = _tree(module)
    for node in _statements(tree.body if tree else ()):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            found[node.name] = _described(module, node)
        elif isinstance(node, ast.ImportFrom) and depth:
            found.update(_imported(module, node, depth))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in found:
            one = found[node.value.id]
            found |= {t.id: _known_as(one, module, t.id) for t in node.targets if isinstance(t, ast.Name)}
    return found


def _known_as(one: Function, module: str, name: str) -> Function:
    return one.model_copy(update={"module": module, "func": name, "kind": _kind(module)})


def _imported(module: str, node: ast.ImportFrom, depth: int) -> Iterator[tuple[str, Function]]:
    spec = _spec(module)
    package = module if spec and spec.submodule_search_locations is not None else module.rpartition(".")[0]
    for _ in range(node.level - 1):
        package = package.rpartition(".")[0]
    source = ".".join(filter(None, (package if node.level else "", node.module)))
    if _top(source) != _top(module):
        return  # another distribution's: typing, os
    for alias in node.names:
        one = _functions(source, depth - 1).get(alias.name)
        if one is not None:
            name = alias.asname or alias.name
            yield name, _known_as(one, module, name)


def _described(module: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    without = positional[: len(positional) - len(arguments.defaults)]
    without += [a for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is None]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return Function(
        module=module,
        func=node.name,
        kind=_kind(module),
        signature=f"({ast.unparse(arguments)}){returns}",
        required=tuple(a.arg for a in without if a.arg not in _BESIDE),
        known=tuple(a.arg for a in (*positional, *arguments.kwonlyargs)),
        takes_any=arguments.kwarg is not None,
        doc=ast.get_docstring(node) or "",
    )
