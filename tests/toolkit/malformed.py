"""Files that are no experiments of the Chaos Toolkit, though they look like one."""

import json
from typing import Any, Final

from tests.toolkit.experiments import Document, experiment, sh

_ACT: Final = sh("act", "touch {dir}/touched")


def _with(**keys: Any) -> str:
    return json.dumps({**experiment([_ACT]), **keys}, indent=1)


def _without(key: str) -> str:
    return json.dumps({k: v for k, v in experiment([_ACT]).items() if k != key}, indent=1)


def _activity(**keys: Any) -> str:
    return _with(method=[_ACT, {**sh("bad", "true"), **keys}])


def _lacking(*path: str) -> str:
    bad: Document = sh("bad", "true")
    at = bad
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    return _with(method=[_ACT, bad])


def _provider(**provider: Any) -> str:
    return _activity(provider=provider)


def _tolerance(tolerance: Any) -> str:
    probe = {**sh("looks", "true", "probe"), "tolerance": tolerance}
    return _with(**{"steady-state-hypothesis": {"title": "t", "probes": [probe]}})


def _hypothesis(hypothesis: Any) -> str:
    return _with(**{"steady-state-hypothesis": hypothesis})


JSON: Final[dict[str, str]] = {
    "no title": _without("title"),
    "no description": _without("description"),
    "an empty title": _with(title=""),
    "a title that is a number": _with(title=5),
    "a method that is a mapping": _with(method={"a": 1}),
    "a method that is a text": _with(method="touch"),
    "a method of texts": _with(method=["touch"]),
    "a method with nothing": _with(method=[None]),
    "a method with an empty activity": _with(method=[{}]),
    "a method that is null": _with(method=None, rollbacks=[]),
    "rollbacks that are a mapping": _with(rollbacks={"a": 1}),
    "an activity without type": _lacking("type"),
    "an activity without name": _lacking("name"),
    "an activity without provider": _lacking("provider"),
    "an activity of another type": _activity(type="chaos"),
    "a name that is empty": _activity(name=""),
    "a name that is a list": _activity(name=["x"]),
    "background that is a text": _activity(background="sometimes"),
    "a timeout that is a text": _activity(timeout="soon"),
    "pauses that are a number": _activity(pauses=5),
    "a pause that is a text": _activity(pauses={"before": "a while"}),
    "controls that are a mapping": _activity(controls={"a": 1}),
    "a provider without type": _lacking("provider", "type"),
    "a provider of another type": _provider(type="perl", path="x"),
    "a provider that is a text": _activity(provider="sh"),
    "a process without path": _provider(type="process"),
    "a process that is not there": _provider(type="process", path="there-is-no-such-program"),
    "a process with a path that is a list": _provider(type="process", path=["sh"]),
    "a process with arguments that are a number": _provider(type="process", path="sh", arguments=5),
    "python without module": _provider(type="python", func="f"),
    "python without func": _provider(type="python", module="os"),
    "python with a module that is not there": _provider(type="python", module="no_such_module_x", func="f"),
    "python with a func that is not there": _provider(type="python", module="os", func="no_such_func"),
    "python with arguments that are a list": _provider(
        type="python", module="os", func="getcwd", arguments=[1]
    ),
    "python with one argument too many": _provider(
        type="python", module="os.path", func="isdir", arguments={"x": 1}
    ),
    "python with an argument missing": _provider(type="python", module="os.path", func="isdir"),
    "http without url": _provider(type="http"),
    "http with headers that are a list": _provider(type="http", url="http://127.0.0.1:1", headers=["a"]),
    "http with a timeout that is a mapping": _provider(
        type="http", url="http://127.0.0.1:1", timeout={"a": 1}
    ),
    "a reference to nothing": _with(method=[_ACT, {"ref": "nobody"}]),
    "a reference that is a number": _with(method=[_ACT, {"ref": 5}]),
    "a reference in rollbacks to nothing": _with(rollbacks=[{"ref": "nobody"}]),
    "a reference in the hypothesis to nothing": _with(
        **{"steady-state-hypothesis": {"title": "t", "probes": [{"ref": "nobody", "tolerance": True}]}}
    ),
    "a hypothesis that is a list": _hypothesis([1]),
    "a hypothesis without title": _hypothesis({"probes": []}),
    "probes that are a mapping": _hypothesis({"title": "t", "probes": {"a": 1}}),
    "a probe without tolerance": _hypothesis({"title": "t", "probes": [sh("looks", "true", "probe")]}),
    "a tolerance without type": _tolerance({"range": [1, 2]}),
    "a tolerance of another type": _tolerance({"type": "vibes"}),
    "a regex that is none": _tolerance({"type": "regex", "pattern": "("}),
    "a regex without pattern": _tolerance({"type": "regex"}),
    "a range of one": _tolerance({"type": "range", "range": [1]}),
    "a range of texts": _tolerance({"type": "range", "range": ["a", "b"]}),
    "a jsonpath that is none": _tolerance({"type": "jsonpath", "path": "$[["}),
    "a tolerance that is null": _tolerance(None),
    "tags that are numbers": _with(tags=[1]),
    "configuration that is a list": _with(configuration=[1]),
    "configuration of an unset variable": _with(configuration={"a": {"type": "env", "key": "TRIAL_UNSET_X"}}),
    "configuration of env without key": _with(configuration={"a": {"type": "env"}}),
    "configuration of another env type": _with(
        configuration={"a": {"type": "env", "key": "HOME", "env_var_type": "complex"}}
    ),
    "secrets that are a list": _with(secrets=[1]),
    "secrets without group": _with(secrets={"token": "x"}),
    "secrets of an unset variable": _with(secrets={"g": {"a": {"type": "env", "key": "TRIAL_UNSET_X"}}}),
    "extensions without name": _with(extensions=[{"a": 1}]),
    "extensions that are a mapping": _with(extensions={"a": 1}),
    "a strategy that is none": _with(runtime={"hypothesis": {"strategy": "sometimes"}}),
    "a rollback strategy that is none": _with(runtime={"rollbacks": {"strategy": "maybe"}}),
    "runtime that is a text": _with(runtime="always"),
    "controls without provider": _with(controls=[{"name": "x"}]),
    "controls of texts": _with(controls=["x"]),
    "a list": json.dumps([experiment([_ACT])]),
    "cut off": _with()[:-20],
    "two commas": _with().replace('"description"', ',"description"'),
    "the same key twice": '{"title": "a", "title": "b", "description": "c", "method": []}',
    "not a number": _with().replace('"a try"', "NaN"),
}
YAML: Final[dict[str, str]] = {
    "a tab": "title: a\ndescription: b\nmethod:\n\t- x\n",
    "an indent that is wrong": "title: a\n description: b\nmethod: []\n",
    "an alias to nothing": "title: a\ndescription: *nobody\nmethod: []\n",
    "a text that is not ended": "title: 'a\ndescription: b\nmethod: []\n",
    "a python object": "title: !!python/object/apply:os.system ['touch {dir}/touched']\nmethod: []\n",
    "a bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ntitle: t\ndescription: *c\nmethod: []\n",
    "a method that is null": "title: a\ndescription: b\nmethod:\n",
}
