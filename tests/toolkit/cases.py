"""Chaos Toolkit experiments over every feature, to be run by `chaos run` and by `seatrial run`."""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.toolkit.experiments import Document, experiment, probe, python, sh

Give = "trial:give"


@dataclass(frozen=True)
class Case:
    """One experiment. `{url}` in it is a server's, `{dir}` a folder of its own."""

    name: str
    file: Document
    options: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    """Other files in its folder."""
    unlike: frozenset[str] = frozenset()
    """Names of the differences that are to be seen."""
    environment: dict[str, str] = field(default_factory=dict)


def _given(value: Any, tolerance: Any, **keys: Any) -> Document:
    return probe("gives", Give, tolerance, arguments={"value": value}, **keys)


def act(name: str = "act", value: Any = 1, **keys: Any) -> Document:
    return python(name, Give, arguments={"value": value}, **keys)


def control_of(name: str, tag: str) -> Document:
    return {
        "name": name,
        "provider": {"type": "python", "module": "trial_control", "arguments": {"tag": tag}},
    }


def http(name: str, path: str, kind: str = "probe", **keys: Any) -> Document:
    provider = {"type": "http", "url": "{url}" + path, **keys.pop("provider", {})}
    return {"type": kind, "name": name, "provider": provider, **keys}


_TOLERANCES: Final[dict[str, tuple[Any, Any, Any]]] = {
    # name: tolerance, an output within, an output out of it
    "bool": (True, True, False),
    "integer": (7, 7, 8),
    "text": ("up", "up", "down"),
    "status": (200, {"status": 200}, {"status": 500}),
    "statuses": ([200, 204], {"status": 204}, {"status": 500}),
    "pair": ([1, 5], 3, 6),
    "members": ([1, 2, 3], 2, 9),
    "range": ({"type": "range", "range": [1, 2.5]}, 2.5, 2.6),
    "range with target": ({"type": "range", "range": [1, 2], "target": "x"}, {"x": 1.5}, {"x": 3}),
    "regex": ({"type": "regex", "pattern": "^o[kK]$"}, "ok", "no"),
    "regex with target": (
        {"type": "regex", "pattern": "fine", "target": "body"},
        {"body": "all fine"},
        {"body": "x"},
    ),
    "jsonpath": (
        {"type": "jsonpath", "path": "$.a[*].n", "expect": [1, 2]},
        {"a": [{"n": 1}, {"n": 2}]},
        {"a": []},
    ),
    "jsonpath count": ({"type": "jsonpath", "path": "$.a[*]", "count": 2}, {"a": [1, 2]}, {"a": [1]}),
    "probe": (
        {**python("limit", "trial:within", "probe", arguments={"most": 5, "value": 0}), "type": "probe"},
        4,
        6,
    ),
}


def _tolerances() -> list[Case]:
    found = []
    for name, (tolerance, within, out) in _TOLERANCES.items():
        file = experiment([act()], probes=[_given(within, tolerance)])
        found.append(Case(f"tolerance {name} met", file))
        file = experiment([act()], probes=[_given(out, tolerance)])
        found.append(Case(f"tolerance {name} not met", file, unlike=frozenset({"gate-is-inconclusive"})))
    return found


_DEVIATED: Final = ("--hypothesis-strategy", "after-method-only")


def _providers() -> list[Case]:
    shell = {"provider": {"arguments": "-c 'echo a b; exit 3'"}}
    return [
        Case("process, a list", experiment([sh("p", "echo $0 out; echo err >&2")], probes=[_given(1, 1)])),
        Case(
            "process, a text",
            experiment(
                [
                    {
                        **sh("p", ""),
                        **shell,
                        "provider": {"type": "process", "path": "sh", **shell["provider"]},
                    }
                ],
                probes=[_given(1, 1)],
            ),
        ),
        Case(
            "process, keys",
            experiment(
                [
                    {
                        **sh("p", ""),
                        "provider": {"type": "process", "path": "echo", "arguments": {"-n": "x", "y": 5}},
                    }
                ],
                probes=[_given(1, 1)],
            ),
        ),
        Case(
            "process, exit code as tolerance",
            experiment([act()], probes=[{**sh("p", "exit 3", "probe"), "tolerance": 3}]),
        ),
        Case(
            "process, its timeout",
            experiment(
                [sh("p", "exec sleep 30", provider={"timeout": 0.3}), act("next")], probes=[_given(1, 1)]
            ),
            unlike=frozenset({"failing-action-counts"}),
        ),
        Case(
            "process, bytes", experiment([sh("p", "printf '\\\\303\\\\251'", "probe")], probes=[_given(1, 1)])
        ),
        Case(
            "python, configuration and secrets",
            experiment(
                [
                    python(
                        "k", "trial:known", arguments={"name": "${n}"}, provider={"secrets": ["one", "two"]}
                    )
                ],
                probes=[_given(1, 1)],
                configuration={"n": "x"},
                secrets={"one": {"a": "aaaa"}, "two": {"b": "bbbbb"}},
            ),
        ),
        Case(
            "python, a function that raises",
            experiment([python("f", "trial:fail"), act("next")], probes=[_given(1, 1)]),
            unlike=frozenset({"failing-action-counts"}),
        ),
        Case(
            "python, nested output",
            experiment([act(value={"a": [1, {"b": None}], "c": 1.5})], probes=[_given(1, 1)]),
        ),
        Case(
            "python, what is in memory stays there",
            experiment(
                [
                    python("r1", "trial:remember", arguments={"value": 1}),
                    python("r2", "trial:remember", arguments={"value": 2}),
                    python("r3", "trial:remember", arguments={"value": 3}),
                ],
                probes=[_given(1, 1)],
            ),
        ),
        Case(
            "http, get",
            experiment(
                [http("h", "/echo", provider={"arguments": {"q": "1"}, "headers": {"X-Trial": "yes"}})],
                probes=[http("ok", "/status/200", tolerance=200)],
            ),
        ),
        Case(
            "http, post json",
            experiment(
                [
                    http(
                        "h",
                        "/echo",
                        "action",
                        provider={
                            "method": "POST",
                            "headers": {"Content-Type": "application/json"},
                            "arguments": {"a": [1]},
                        },
                    )
                ],
                probes=[
                    http(
                        "ok",
                        "/json",
                        tolerance={"type": "jsonpath", "path": "$.a", "target": "body", "expect": 1},
                    )
                ],
            ),
        ),
        Case(
            "http, post form",
            experiment(
                [http("h", "/echo", "action", provider={"method": "PUT", "arguments": {"a": "1"}})],
                probes=[_given(1, 1)],
            ),
        ),
        Case("http, status 500 in the method", experiment([http("h", "/status/500")], probes=[_given(1, 1)])),
        Case(
            "http, its timeout",
            experiment([http("h", "/slow", provider={"timeout": 0.3}), act("next")], probes=[_given(1, 1)]),
        ),
        Case(
            "http, nobody there",
            experiment(
                [{**http("h", ""), "provider": {"type": "http", "url": "http://127.0.0.1:9/"}}, act("next")],
                probes=[_given(1, 1)],
            ),
        ),
        Case(
            "http, a status that deviates",
            experiment([act()], probes=[http("ok", "/status/503", tolerance=200)]),
            _DEVIATED,
        ),
        Case(
            "http, regex on the body",
            experiment(
                [act()],
                probes=[http("ok", "/json", tolerance={"type": "regex", "target": "body", "pattern": "a"})],
            ),
            _DEVIATED,
            unlike=frozenset({"raising-is-unknown"}),
        ),
    ]


def _configuration() -> list[Case]:
    def shows(configuration: Document, *options: str, name: str = "", **keys: Any) -> Case:
        value = {key: f"${{{key}}}" for key in configuration} | {
            "in text": "<${a}>",
            "unknown": "${nobody} $$ ${",
        }
        file = experiment([act(value=value)], probes=[_given("${a}", "${a}")], configuration=configuration)
        return Case(f"configuration {name}", {**file, **keys.pop("more", {})}, options, **keys)

    env = {"type": "env", "key": "TRIAL_A"}
    types = {"str": "x", "int": "5", "float": "1.5", "bool": "no", "json": '{"k": [1]}'}
    return [
        shows({"a": "literal", "b": 5, "c": [1, "x"], "d": {"e": True}}, name="literals"),
        shows({"a": {**env, "default": "fallen back"}}, name="default"),
        *(
            Case(
                f"configuration env {kind}",
                experiment(
                    [act(value="${a}")],
                    probes=[_given(1, 1)],
                    configuration={"a": {**env, "env_var_type": kind}},
                ),
                environment={"TRIAL_A": text},
            )
            for kind, text in types.items()
        ),
        shows({"a": "literal"}, "--var", "a=given", name="--var"),
        Case(
            "configuration --var with types",
            experiment(
                [act(value=["${a}", "${b}", "${c}"])],
                probes=[_given(1, 1)],
                configuration={"a": 1, "b": 2, "c": 3},
            ),
            ("--var", "a:int=7", "--var", "b:float=0.5", "--var", "c:bool=no"),
        ),
        shows(
            {"a": "literal", "b": 1},
            "--var-file",
            "vars.yaml",
            name="--var-file yaml",
            files={"vars.yaml": "configuration:\n  a: from a file\n"},
        ),
        shows(
            {"a": "literal", "b": 1},
            "--var-file",
            "vars.json",
            name="--var-file json",
            files={"vars.json": '{"configuration": {"b": [1]}}'},
        ),
        shows(
            {"a": {**env, "default": "d"}},
            "--var-file",
            "vars.env",
            name="--var-file env",
            files={"vars.env": "# x\nTRIAL_A=from env\n"},
        ),
        shows({"a": python("dyn", Give, "probe", arguments={"value": "dynamic"})}, name="dynamic python"),
        shows({"a": sh("dyn", "echo ' from sh '", "probe")}, name="dynamic process"),
        shows({"a": http("dyn", "/text"), "z": 1}, name="dynamic http"),
        shows(
            {"z": "first", "a": python("dyn", Give, "probe", arguments={"value": "<${z}>"})},
            name="dynamic of static",
        ),
        Case(
            "configuration dynamic that fails",
            experiment(
                [act(value="${gone}")],
                probes=[_given(1, 1)],
                configuration={"gone": python("dyn", "trial:fail", "probe")},
            ),
        ),
        Case(
            "secrets from the environment",
            experiment(
                [python("k", "trial:known", arguments={"name": "n"}, provider={"secrets": ["g"]})],
                probes=[_given(1, 1)],
                secrets={"g": {"t": {"type": "env", "key": "TRIAL_A"}}},
            ),
            environment={"TRIAL_A": "five5"},
        ),
        Case(
            "a title with a variable",
            {**experiment([act()], probes=[_given(1, 1)], configuration={"a": "x"}), "title": "try of ${a}"},
        ),
    ]


def _flow() -> list[Case]:
    ok, bad = _given(1, 1), _given(2, 1)
    back = [act("back 1", "b1"), act("back 2", "b2")]
    fails = python("fails", "trial:fail")
    refs = [act("first", "one"), {"ref": "first"}, {"ref": "gives"}]
    beside = [act("slow", 1, background=True), python("nap", "trial:nap", arguments={"secs": 0.6})]
    control = control_of("c", "top")
    own = control_of("d", "own")
    scoped = {**own, "name": "s", "scope": "after"}
    after = ("--hypothesis-strategy", "after-method-only")
    always = ("--rollback-strategy", "always")
    undone = frozenset({"rollbacks-always"})
    gate = frozenset({"gate-is-inconclusive"})
    return [
        Case("an empty method", experiment([], probes=[ok])),
        Case("no hypothesis", experiment([act()]), unlike=frozenset({"nothing-to-judge"})),
        Case(
            "an empty hypothesis",
            {**experiment([act()]), "steady-state-hypothesis": {"title": "t", "probes": []}},
            unlike=frozenset({"nothing-to-judge"}),
        ),
        Case(
            "several probes, the second out",
            experiment([act()], probes=[ok, {**bad, "name": "second"}, {**ok, "name": "third"}]),
            after,
        ),
        Case(
            "several activities",
            experiment([act("a", 1), {**act("b", 2), "type": "probe"}, act("c", 3)], probes=[ok]),
        ),
        Case(
            "pauses",
            experiment(
                [act(pauses={"before": 0.2, "after": "${p}"}), act("b")],
                probes=[ok],
                configuration={"p": 0.2},
            ),
        ),
        Case("background", experiment(beside, probes=[ok])),
        Case(
            "two in the background",
            experiment(
                [
                    python("n1", "trial:nap", arguments={"secs": 0.5}, background=True),
                    python("n2", "trial:nap", arguments={"secs": 0.2}, background=True),
                    act("last"),
                ],
                probes=[ok],
            ),
        ),
        Case(
            "one in the background that fails",
            experiment([{**fails, "background": True}, act("b")], probes=[ok]),
            unlike=frozenset({"failing-action-counts"}),
        ),
        Case("references", experiment(refs, probes=[ok])),
        Case(
            "extensions, tags, contributions",
            experiment(
                [act()],
                probes=[ok],
                extensions=[{"name": "x", "y": [1]}],
                tags=["t"],
                contributions={"a": "high"},
                version="1.0.0",
            ),
        ),
        Case(
            "controls of the experiment",
            experiment([act("a"), act("b")], back, probes=[ok], controls=[control]),
        ),
        Case(
            "controls of an activity",
            experiment([act("a", controls=[own]), act("b", controls=[scoped])], probes=[ok]),
        ),
        Case(
            "controls of both",
            experiment([act("a", controls=[own]), act("b")], probes=[ok], controls=[control]),
        ),
        Case(
            "a control that changes the output",
            experiment(
                [
                    act(
                        "a",
                        controls=[control_of("d", "change")],
                    )
                ],
                probes=[ok],
            ),
        ),
        Case(
            "a control that fails",
            experiment(
                [
                    act(
                        "a",
                        controls=[control_of("d", "raise")],
                    )
                ],
                probes=[ok],
            ),
        ),
        Case("rollbacks", experiment([act()], back, probes=[ok])),
        Case(
            "rollbacks with pauses and in the background",
            experiment(
                [act()],
                [act("b1", pauses={"after": 0.1}), act("b2", background=True), act("b3")],
                probes=[ok],
            ),
        ),
        Case("rollbacks by reference", experiment([act("first", "one")], [{"ref": "first"}], probes=[ok])),
        Case("rollbacks after a deviation", experiment([act()], back, probes=[bad]), after),
        Case(
            "rollbacks after a failing probe",
            experiment([act()], back, probes=[{**fails, "type": "probe", "tolerance": True}]),
            after,
            unlike=undone | {"raising-is-unknown"},
        ),
        Case("rollbacks always", experiment([act()], back, probes=[bad]), (*after, *always)),
        Case("rollbacks never", experiment([act()], back, probes=[ok]), ("--rollback-strategy", "never")),
        Case(
            "rollbacks if deviated, and it is",
            experiment([act()], back, probes=[bad]),
            (*after, "--rollback-strategy", "deviated"),
        ),
        Case(
            "rollbacks if deviated, and it is not",
            experiment([act()], back, probes=[ok]),
            ("--rollback-strategy", "deviated"),
        ),
        Case(
            "a gate that is closed, rollbacks",
            experiment([act()], back, probes=[bad]),
            unlike=gate | {"no-rollback-without-method"},
        ),
        Case(
            "a gate that is closed, rollbacks always",
            experiment([act()], back, probes=[bad]),
            always,
            unlike=gate,
        ),
        Case(
            "a gate whose probe fails",
            experiment([act()], probes=[{**fails, "type": "probe", "tolerance": True}]),
            unlike=gate | {"raising-is-unknown"},
        ),
        Case(
            "a rollback that fails",
            experiment([act()], [fails, *back], probes=[ok]),
            unlike=frozenset({"rollback-tried-again"}),
        ),
        Case(
            "an action that fails",
            experiment([fails, act("next")], back, probes=[ok]),
            unlike=frozenset({"failing-action-counts"}),
        ),
        Case(
            "a probe of the method that fails",
            experiment([{**fails, "type": "probe"}, act("next")], probes=[ok]),
        ),
        Case(
            "strategy before",
            experiment([act()], probes=[ok]),
            ("--hypothesis-strategy", "before-method-only"),
            unlike=frozenset({"nothing-to-judge"}),
        ),
        Case("strategy after", experiment([act()], probes=[bad]), after),
        Case(
            "strategy of the file",
            experiment(
                [act()],
                back,
                probes=[bad],
                runtime={
                    "hypothesis": {"strategy": "after-method-only"},
                    "rollbacks": {"strategy": "always"},
                },
            ),
        ),
        Case(
            "strategy of the command line before the file's",
            experiment([act()], probes=[ok], runtime={"hypothesis": {"strategy": "before-method-only"}}),
            after,
        ),
        Case(
            "strategy during",
            experiment([python("n", "trial:nap", arguments={"secs": 0.5})], probes=[ok]),
            ("--hypothesis-strategy", "during-method-only", "--hypothesis-frequency", "60"),
        ),
        Case(
            "strategy continuously",
            experiment([python("n", "trial:nap", arguments={"secs": 0.5})], probes=[ok]),
            ("--hypothesis-strategy", "continuously", "--hypothesis-frequency", "60"),
        ),
        Case(
            "strategy during, deviating",
            experiment([python("n", "trial:nap", arguments={"secs": 0.5})], probes=[bad]),
            ("--hypothesis-strategy", "during-method-only", "--hypothesis-frequency", "60"),
            unlike=frozenset({"every-check-counts"}),
        ),
        *(
            Case(
                f"dry {what}",
                experiment(
                    [act("a"), {**act("p"), "type": "probe"}, act("s", pauses={"before": 0.1})],
                    back,
                    probes=[bad if what in ("probes", "activities") else ok],
                ),
                ("--dry", what),
                unlike=frozenset({"dry-proves-nothing"}),
            )
            for what in ("probes", "actions", "activities", "pause")
        ),
        Case(
            "a float as tolerance",
            experiment([act()], probes=[_given(0.5, 0.5)]),
            unlike=frozenset({"float-tolerance"}),
        ),
        Case(
            "a tolerance that raises",
            experiment([act()], back, probes=[_given(None, {"type": "range", "range": [0, 1]})]),
            after,
            unlike=frozenset({"raising-is-unknown", "rollbacks-always"}),
        ),
    ]


CASES: Final = [*_tolerances(), *_providers(), *_configuration(), *_flow()]
SAMPLE: Final = {
    "tolerance regex with target met",
    "process, a text",
    "python, configuration and secrets",
    "configuration env json",
    "a control that changes the output",
    "rollbacks after a deviation",
    "a tolerance that raises",
    "strategy continuously",
}
"""Run by default; all others with the slow tests."""
