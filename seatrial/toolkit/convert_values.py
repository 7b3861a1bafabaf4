"""Configuration and secrets of a Chaos Toolkit file, as variables and `${env:…}` of a native one."""

import json
import re
from collections.abc import Iterator, Mapping
from string import Template
from typing import Any, Final

from seatrial.model.record import JsonValue
from seatrial.toolkit.convert_yaml import Remark, as_remark

JUDGE: Final = "JUDGE: "
"""Where a person has to decide."""
_ENVIRONMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VARIABLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_OPEN: Final = "JUDGE"
"""A value that nobody but a person can give."""
_TYPED: Final = {"int", "float", "bool", "json"}


class Values:
    """What a `${name}` becomes."""

    def __init__(
        self, configuration: Mapping[str, JsonValue], secrets: Mapping[str, Mapping[str, JsonValue]]
    ):
        self.variables: dict[Any, JsonValue] = {}
        """The section `variables`, with its remarks."""
        self.remarks: list[Remark] = []
        """Of secrets, which have no section."""
        self._configuration: dict[str, JsonValue] = {}
        self._numbers: dict[str, float] = {}
        self._secrets: dict[str, dict[str, str]] = {}
        for group, keys in secrets.items():
            self._secrets[group] = {key: self._secret(group, key, value) for key, value in keys.items()}
        for name, value in configuration.items():
            self._configuration[name] = self._variable(name, value)
        every = [*self._secrets.values()]
        self._known: dict[str, JsonValue] = {k: v for group in reversed(every) for k, v in group.items()}
        self._known |= self._configuration

    def value(self, value: JsonValue) -> JsonValue:
        """The same with every text as a native file writes it."""
        if isinstance(value, dict):
            return {_plain(key): self.value(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.value(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> JsonValue:
        """A text; one that is nothing but a name takes the type of what it stands for."""
        if not self._known:
            return _plain(text)
        whole = Template.pattern.fullmatch(text)
        if whole and (name := whole["named"] or whole["braced"]) in self._known:
            return self._known[name]
        return "".join(self._pieces(text))

    def number(self, value: float | str | None) -> float | None:
        """A number, also one that the configuration gives; None where only a run would tell."""
        if isinstance(value, str):
            name = re.fullmatch(r"\$\{?(\w+)\}?", value)
            return self._numbers.get(name[1]) if name else None
        return 0.0 if value is None else value

    @property
    def configuration(self) -> dict[str, JsonValue]:
        """All of it, as a driver is given it."""
        return self._configuration

    def secrets_of(self, groups: list[str] | None) -> dict[str, str]:
        """The secrets of these groups, merged as a driver is given them."""
        return {k: v for group in groups or () for k, v in self._secrets.get(group, {}).items()}

    def _pieces(self, text: str) -> Iterator[str]:
        end, literal = 0, ""
        for match in Template.pattern.finditer(text):
            literal += text[end : match.start()]
            end = match.end()
            name = match["named"] or match["braced"]
            if name in self._known:
                known = self._known[name]
                yield _plain(literal) + (known if isinstance(known, str) else json.dumps(known))
                literal = ""
            else:
                literal += "$" if match["escaped"] else match[0]
        yield _plain(literal + text[end:])

    def _secret(self, group: str, key: str, value: JsonValue) -> str:
        told = value if isinstance(value, dict) else {}
        name = told.get("key")
        if told.get("type") == "env" and isinstance(name, str) and _ENVIRONMENT.fullmatch(name):
            return f"${{env:{name}}}"
        name = re.sub(r"\W", "_", f"{group}_{key}", flags=re.ASCII).upper()
        if told.get("type") == "vault":
            self.remarks.append(
                as_remark(f"{JUDGE}put this out of the vault into ${name} before a run:", value)
            )
        else:
            text = f"{JUDGE}the secret {group}.{key} stood in the file: put it into ${name} before a run."
            self.remarks.append(Remark(text))
        return f"${{env:{name}}}"

    def _variable(self, name: str, value: JsonValue) -> JsonValue:
        """What stands in place of `${name}`; declares the variable, where it is one."""
        if isinstance(value, dict) and value.get("type") == "env":
            value = self._from_environment(name, value)
        elif isinstance(value, dict) and value.get("type") == "probe":
            text = f"{JUDGE}`{name}` was asked for before each run; give its value, or `--set {name}=…`:"
            self.variables[as_remark(text, value)] = None
            value = _OPEN
        elif isinstance(value, str):
            value = _plain(value)
        if value is None or isinstance(value, dict | list):
            self.variables[as_remark(f"`{name}` stands where it is used:", value)] = None
            return self._inline(value)
        if isinstance(value, int | float):
            self._numbers[name] = value
        own = name if _VARIABLE.fullmatch(name) else "v" + re.sub(r"\W", "_", name, flags=re.ASCII)
        self.variables[own] = value
        return f"${{{own}}}"

    def _inline(self, value: JsonValue) -> JsonValue:
        """A list or mapping is no variable: it is written where it is used. Nothing in it is substituted."""
        if isinstance(value, dict):
            return {_plain(key): self._inline(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._inline(inner) for inner in value]
        return _plain(value) if isinstance(value, str) else value

    def _from_environment(self, name: str, told: dict[str, JsonValue]) -> JsonValue:
        key, default, kind = str(told.get("key")), told.get("default"), told.get("env_var_type")
        if not _ENVIRONMENT.fullmatch(key):
            self.variables[as_remark(f"{JUDGE}give `{name}` its value:", told)] = None
            return _OPEN
        if kind in _TYPED and isinstance(default, bool | int | float):
            text = f"It was ${key}, of type {kind}: `--set {name}=…` gives another value."
            self.variables[Remark(text)] = None
            return default
        if kind in _TYPED:
            self.variables[
                Remark(f"{JUDGE}`{name}` was read as {kind}; from the environment it is a text.")
            ] = None
        if default is None:
            return f"${{env:{key}}}"
        if isinstance(default, dict | list) or re.search(r"[{}]", str(default)):
            self.variables[as_remark(f"{JUDGE}the default of `{name}` cannot stand there:", default)] = None
            return f"${{env:{key}}}"
        text = default if isinstance(default, str) else json.dumps(default)
        return f"${{env:{key}:-{text}}}"


def _plain(text: str) -> str:
    """A text in which `${` means nothing."""
    return text.replace("${", "$${")
