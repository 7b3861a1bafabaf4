"""Chaos Toolkit experiments in the style of public ones: the drivers, providers and habits seen there."""

from typing import Any

Experiment = dict[str, Any]


def python(module: str, func: str, *secrets: str, **arguments: Any) -> dict[str, Any]:
    provider = {"type": "python", "module": module, "func": func, "arguments": arguments}
    return {**provider, "secrets": list(secrets)} if secrets else provider


def http(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "http", "url": url, **more}


def process(path: str, arguments: Any = None, **more: Any) -> dict[str, Any]:
    return {"type": "process", "path": path, "arguments": arguments, **more}


def action(name: str, provider: dict[str, Any], after: Any = None, **more: Any) -> dict[str, Any]:
    pauses = {} if after is None else {"pauses": {"after": after}}
    return {"type": "action", "name": name, "provider": provider, **pauses, **more}


def probe(name: str, provider: dict[str, Any], tolerance: Any = None, **more: Any) -> dict[str, Any]:
    judged = {} if tolerance is None else {"tolerance": tolerance}
    return {"type": "probe", "name": name, "provider": provider, **judged, **more}


def experiment(title: str, *method: dict[str, Any], **more: Any) -> Experiment:
    return {
        "version": "1.0.0",
        "title": title,
        "description": f"{title}, tried.",
        "method": list(method),
        **more,
    }


def steady(*probes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "All is well", "probes": list(probes), **more}


def env(key: str, **more: Any) -> dict[str, Any]:
    return {"type": "env", "key": key, **more}


HEALTHY = probe("service-must-respond", http("${endpoint}", timeout=3), 200)
PODS = probe(
    "all-pods-must-be-healthy",
    python("chaosk8s.pod.probes", "pods_in_phase", label_selector="app=shop", phase="Running", ns="prod"),
    True,
)
TERMINATE = action(
    "terminate-one-pod",
    python("chaosk8s.pod.actions", "terminate_pods", label_selector="app=shop", rand=True, ns="prod"),
    after=10,
)
ENDPOINT = {"configuration": {"endpoint": env("ENDPOINT", default="http://127.0.0.1:8080/")}}
SCALE = "chaosk8s.deployment.actions"
TOXIC = "chaostoxi.toxic.actions"

CORPUS: dict[str, Experiment] = {
    "pods are terminated": experiment(
        "Pods go", TERMINATE, **{"steady-state-hypothesis": steady(PODS)}, tags=["kubernetes", "pod"]
    ),
    "no rollbacks, an endpoint": experiment(
        "Pods go", TERMINATE, **ENDPOINT, **{"steady-state-hypothesis": steady(HEALTHY, PODS)}
    ),
    "scale down and up": experiment(
        "Nobody is left",
        action("scale-down", python(SCALE, "scale_deployment", name="shop", replicas=0), after=30),
        rollbacks=[action("scale-up", python(SCALE, "scale_deployment", name="shop", replicas=3))],
        **ENDPOINT,
        **{"steady-state-hypothesis": steady(HEALTHY)},
    ),
    "a known inverse": experiment(
        "A node is cordoned",
        action("cordon", python("chaosk8s.node.actions", "cordon_node", "k8s", name="${node}"), after=60),
        configuration={"node": env("NODE", default="node-1")},
        secrets={"k8s": {"KUBERNETES_CONTEXT": env("KUBERNETES_CONTEXT")}},
        **{"steady-state-hypothesis": steady(PODS)},
    ),
    "drained and uncordoned, probes between": experiment(
        "A node is drained",
        probe("nodes-before", python("chaosk8s.node.probes", "get_nodes")),
        action("drain", python("chaosk8s.node.actions", "drain_nodes", name="node-1", timeout=60), after=5),
        probe("nodes-after", python("chaosk8s.node.probes", "get_nodes"), background=True),
        rollbacks=[action("uncordon", python("chaosk8s.node.actions", "uncordon_node", name="node-1"))],
        **{"steady-state-hypothesis": steady(PODS)},
    ),
    "kubectl": experiment(
        "What kubectl applies",
        action("apply", process("kubectl", "apply -f ${manifest}")),
        rollbacks=[action("delete", process("kubectl", "delete -f ${manifest}"))],
        configuration={"manifest": env("MANIFEST"), "endpoint": env("ENDPOINT")},
        **{"steady-state-hypothesis": steady(HEALTHY)},
    ),
    "a toxic by its driver, ended in the method too": experiment(
        "Latency",
        action("toxic", python(TOXIC, "create_latency_toxic", for_proxy="${proxy}", latency=1200), after=20),
        action("no-toxic", python(TOXIC, "delete_toxic", for_proxy="${proxy}", toxic_name="late"), after=1),
        rollbacks=[{"ref": "no-toxic"}],
        configuration={"proxy": env("PROXY"), "endpoint": env("ENDPOINT")},
        **{"steady-state-hypothesis": steady(HEALTHY)},
    ),
    "a toxic by HTTP": experiment(
        "Latency",
        action(
            "toxic",
            http(
                "http://${toxiproxy}/proxies/db/toxics",
                method="POST",
                headers={"Content-Type": "application/json"},
                arguments={"name": "late", "type": "latency", "attributes": {"latency": 1000, "jitter": 50}},
            ),
            after="${hold}",
        ),
        rollbacks=[action("no-toxic", http("http://${toxiproxy}/proxies/db/toxics/late", method="DELETE"))],
        configuration={"toxiproxy": "127.0.0.1:8474", "hold": 45},
        **{"steady-state-hypothesis": steady(probe("orders", http("http://127.0.0.1/orders"), [200, 204]))},
    ),
    "secrets in the file": experiment(
        "CPU",
        action("burn", python("chaossaltstack.machine.actions", "burn_cpu", "salt", instance_ids=["a1"])),
        secrets={"salt": {"SALTMASTER_HOST": "http://<host>:<port>", "SALTMASTER_PASSWORD": "hush-hush"}},
        configuration={"environment": "any"},
    ),
    "a vault": experiment(
        "A request with a token",
        action(
            "post", http("http://127.0.0.1/x", headers={"Authorization": "Bearer ${token}"}, method="POST")
        ),
        secrets={"api": {"token": {"type": "vault", "path": "secrets/api", "key": "token"}}},
        **ENDPOINT,
        **{"steady-state-hypothesis": steady(HEALTHY)},
    ),
    "every tolerance": experiment(
        "Looks",
        **{
            "steady-state-hypothesis": steady(
                probe("flag", python("os.path", "exists", path="/"), True),
                probe("text", process("cat", ["/etc/hostname"]), "a name"),
                probe("number", python("chaosprom.probes", "value", query="up"), 1),
                probe("share", python("chaosprom.probes", "value", query="up"), 0.5),
                probe("pair", python("chaosprom.probes", "value", query="up"), [1, 5]),
                probe("members", http("http://127.0.0.1/a"), [200, 201, 204]),
                probe("range", process("date"), {"type": "range", "target": "status", "range": [0, 0]}),
                probe(
                    "regex", process("df", "-h /"), {"type": "regex", "target": "stdout", "pattern": "\\d+%"}
                ),
                probe(
                    "path",
                    http("http://127.0.0.1/b"),
                    {"type": "jsonpath", "target": "body", "path": "$.a[?(@.b)]", "count": 1, "expect": [3]},
                ),
                probe(
                    "probe",
                    python("chaosprometheus.probes", "query", query='up{job="shop"}'),
                    probe("judge", python("my.tolerances", "within", value=0, most=3)),
                ),
            )
        },
    ),
    "dynamic and typed configuration": experiment(
        "Typed",
        action("scale", python(SCALE, "scale_deployment", name="${name}", replicas="${replicas}")),
        configuration={
            "name": probe("which", python("my.probes", "which_one")),
            "replicas": env("REPLICAS", env_var_type="int", default=1),
            "debug": env("DEBUG", env_var_type="bool"),
            "labels": {"app": "shop", "tiers": ["web", "db"]},
            "nothing": None,
            "odd-name.1": "x",
            "braces": "a ${b} {c}",
        },
    ),
    "placeholders": experiment(
        "Costs $5, not ${unknown}",
        action("echo", process("echo", ["$name", "${name}s", "$$name", "${unknown}", "${no name}", "100$"])),
        rollbacks=[action("echo back", process("echo", {"-n": "${name}"}, timeout=2))],
        configuration={"name": "world", "_private": 1},
    ),
    "controls everywhere": experiment(
        "Controlled",
        {
            **TERMINATE,
            "controls": [{"name": "once", "provider": {"type": "python", "module": "chaosaddons.x"}}],
        },
        controls=[
            {"name": "safe", "provider": {"type": "python", "module": "chaosaddons.controls.safeguards"}}
        ],
        extensions=[{"name": "dora", "team": "shop"}],
        runtime={"rollbacks": {"strategy": "always"}, "hypothesis": {"strategy": "continuously"}},
        contributions={"reliability": "high", "security": "none"},
        **{
            "steady-state-hypothesis": steady(
                PODS, controls=[{"name": "h", "provider": {"type": "python", "module": "my.controls"}}]
            )
        },
    ),
    "references and a game day": experiment(
        "Many things",
        TERMINATE,
        {"ref": "all-pods-must-be-healthy"},
        action("wait", python("time", "sleep"), pauses={"before": 2.5, "after": "${later}"}),
        {**TERMINATE, "name": "terminate-another", "background": True},
        {"ref": "terminate-one-pod"},
        **{"steady-state-hypothesis": steady(PODS, PODS)},
    ),
    "rollbacks alone": experiment(
        "It only looks",
        probe("look", HEALTHY["provider"]),
        rollbacks=[TERMINATE, probe("after", process("date"))],
    ),
    "nothing at all": experiment("Nothing"),
    "network policies": experiment(
        "Nobody gets in",
        action("deny", python("chaosk8s.networking.actions", "deny_all_ingress", ns="prod"), after=30),
        action(
            "late",
            python("chaosk8s.chaosmesh.network.actions", "add_latency", name="late", latency="1s"),
            after=9,
        ),
        rollbacks=[
            action(
                "forget-late",
                python("chaosk8s.chaosmesh.network.actions", "delete_network_fault", name="late"),
            ),
            action("allow", python("chaosk8s.networking.actions", "remove_deny_all_ingress", ns="prod")),
        ],
        **{"steady-state-hypothesis": steady(PODS)},
    ),
    "load beside it": experiment(
        "With wrk",
        action("load", process("wrk", "-t2 -c10 -d60s http://127.0.0.1", timeout=90), background=True),
        TERMINATE,
        **{"steady-state-hypothesis": steady(HEALTHY)},
        **ENDPOINT,
    ),
    "words of other places": experiment(
        "Дéjà vu: «yes» # no, 5% & 1:30 – 🚢",
        action(
            "off",
            process("echo", ["yes", "no", "1:30", "0x1F", "~", "- a", "a: b", "#c", "", " pad ", "1e3"]),
        ),
        **{
            "steady-state-hypothesis": steady(
                probe("ça va?", process("true"), {"type": "regex", "pattern": "^[ñ]$"})
            )
        },
    ),
    "many retries": experiment(
        "Retries",
        action("get", http("http://127.0.0.1/", max_retries=3, verify_tls=False, timeout=[1, 2])),
        **{
            "steady-state-hypothesis": steady(
                probe(
                    "tls",
                    http("https://127.0.0.1/", verify_tls=False, headers={"X-A": "b"}, method="head"),
                    204,
                ),
                probe("odd", http("http://127.0.0.1/", expected_status=200), 200),
            )
        },
    ),
    "an AWS instance": experiment(
        "An instance stops",
        action("stop", python("chaosaws.ec2.actions", "stop_instance", instance_id="${instance}"), after=300),
        rollbacks=[
            action("start", python("chaosaws.ec2.actions", "start_instances", instance_ids=["${instance}"]))
        ],
        configuration={"aws_region": env("AWS_REGION"), "instance": env("INSTANCE")},
        **{"steady-state-hypothesis": steady(PODS)},
    ),
}
