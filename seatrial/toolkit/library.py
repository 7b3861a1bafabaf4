"""chaoslib without what few experiments need of it: HTTP, YAML, JSONPath and Vault take half of its import.

Each of them is imported at its first use by chaoslib. Whoever else imports one of them gets it at once.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any, Final

from seatrial.versions import versions_of

_LATER: Final = (
    "chaoslib.provider.http",
    "charset_normalizer",
    "hvac",
    "jsonpath2.path",
    "requests",
    "yaml",
)


def import_library() -> None:
    """The first import of chaoslib. Not thread-safe: call it before there are threads."""
    if "chaoslib" in sys.modules:
        return
    stand_ins: dict[str, ModuleType] = {name: _Later(name) for name in _LATER if _is_there(name)}
    stand_ins["importlib.metadata"] = _metadata()
    absent = {name: one for name, one in stand_ins.items() if name not in sys.modules}
    sys.modules |= absent
    try:
        import chaoslib.experiment  # noqa: F401  imported for later
    finally:
        for name in absent:
            del sys.modules[name]


def _metadata() -> ModuleType:
    """Of importlib.metadata, which takes a quarter of the import, what chaoslib asks for its own version."""
    module = ModuleType("importlib.metadata")
    module.PackageNotFoundError = KeyError  # type: ignore[attr-defined]  # what `version` raises
    module.version = lambda name: versions_of([name])[name]  # type: ignore[attr-defined]
    return module


def _is_there(name: str) -> bool:
    """Hvac may not be, and chaoslib says so where it is needed."""
    return name != "hvac" or importlib.util.find_spec(name) is not None


class _Later(ModuleType):
    """Stands in for a module in chaoslib's own namespace."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:  # `from it import name`: chaoslib is just being imported
            return _LaterName(self.__name__, name)
        return getattr(importlib.import_module(self.__name__), name)


class _LaterName:
    """Stands in for a function or class of such a module."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self._real(*given, **named)

    @property
    def _real(self) -> Any:
        return getattr(importlib.import_module(self._module), self._name)
