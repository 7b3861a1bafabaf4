"""What a client notices of each action that an agent holds in a pod.

docs/reference/seen-from-outside.md tells the same to readers, in the same words.
"""

from typing import Final

from tests.actions.kubernetes.outside import notices as sees
from tests.actions.kubernetes.outside.cases import ASK_API, ASK_BEHIND, UNREACHED, in_pod
from tests.actions.kubernetes.outside.manifests import PORT

_AT_PORT: Final = {"port": PORT, "direction": "in"}
_ALL_NAMES: Final = {"names": ["*"]}
_CALLS: Final = {"asks": "grpc", "service": "rpc"}
_LATER: Final = "every answer is later, by that much"
_HANGS: Final = "every request times out; where the readiness probe does too, it is refused"
_STARTS: Final = "the requests of that moment fail; then another process answers"

IN_PODS: Final = (
    in_pod("net.drop", sees.nobody_answers, _HANGS, {"port": PORT}),
    in_pod("net.reject", sees.nobody_answers, "every request is refused at once", {"port": PORT}),
    in_pod("net.loss", sees.some_slower(0.15), "some answers are later", {"port": PORT, "share": "30%"}),
    in_pod("net.partition", sees.fails("502"), UNREACHED, {"addresses": ["{api}"]}, asks=ASK_API),
    in_pod("tcp.latency", sees.slower(0.3), _LATER, {"latency": "400 ms", **_AT_PORT}),
    in_pod(
        "tcp.bandwidth",
        sees.slower(0.3),
        "large answers take longer",
        {"rate": "1 Mbit/s", **_AT_PORT},
        asks="/large",
    ),
    in_pod(
        "tcp.slice",
        sees.slower(0.3),
        "large answers take longer",
        {"size": "1 KiB", "pause": "10 ms", **_AT_PORT},
        asks="/large",
    ),
    in_pod(
        "tcp.slow_close",
        sees.slower(0.3),
        "answers that end with their connection are complete later",
        {"delay": "400 ms", **_AT_PORT},
        asks="/unsized",
    ),
    in_pod(
        "tcp.limit",
        sees.fails("cut short"),
        "answers larger than that are cut short",
        {"size": "4 KiB", **_AT_PORT},
        asks="/large",
    ),
    in_pod("tcp.reset", sees.fails("reset"), "every connection is reset", _AT_PORT),
    in_pod("tcp.blackhole", sees.fails("timeout"), "every request times out", _AT_PORT),
    in_pod("http.latency", sees.slower(0.3), _LATER, {"latency": "400 ms", **_AT_PORT}),
    in_pod("http.status", sees.fails("503"), "every answer has that status", {"status": 503, **_AT_PORT}),
    in_pod("http.drop", sees.fails("reset"), "every connection is reset", _AT_PORT),
    in_pod(
        "http.header",
        sees.with_header("x-served-by", "nobody"),
        "every answer has that header",
        {"set": {"X-Served-By": "nobody"}, **_AT_PORT},
    ),
    in_pod("http.body", sees.spoilt, "status 200, and another body", {"body": "{", **_AT_PORT}),
    in_pod("grpc.latency", sees.slower(0.3), _LATER, {"latency": "400 ms", **_AT_PORT}, **_CALLS),
    in_pod(
        "grpc.status",
        sees.fails("UNAVAILABLE"),
        "every call ends with that status",
        {"status": "UNAVAILABLE", **_AT_PORT},
        **_CALLS,
    ),
    in_pod("dns.failure", sees.fails("502"), UNREACHED, {"how": "nxdomain", **_ALL_NAMES}, asks=ASK_BEHIND),
    in_pod(
        "dns.delay",
        sees.slower(0.3),
        "answers for which a name is looked up are later",
        {"delay": "400 ms", **_ALL_NAMES},
        asks=ASK_BEHIND,
    ),
    in_pod(
        "dns.answer",
        sees.elsewhere("127.0.0.1"),
        "what is asked behind is another server, or none",
        {"addresses": ["127.0.0.1"], **_ALL_NAMES},
        asks=ASK_BEHIND,
    ),
    in_pod(
        "cpu.stress",
        sees.slower(0.03),
        "answers that take processor time are later, where the pod has a limit",
        {"workers": 2},
        asks="/work",
    ),
    in_pod(
        "memory.stress",
        sees.unharmed,
        "nothing: where memory runs out the kernel takes the stressor first; use `pod.memory`",
        {"amount": "64 MiB"},
        meanwhile="ask_much",
        then="ask_much",
    ),
    in_pod(
        "disk.fill",
        sees.fails("502"),
        "requests that store something fail, by the server's own error",
        {"folder": "/small", "leave_free": "0 B", "floor": "0 B"},
        asks="/store?folder=/small",
    ),
    in_pod(
        "io.stress",
        sees.slower(0.003),
        "requests that wait for the disk take longer",
        {"folder": "/disk", "workers": 8},
        asks="/store?folder=/disk",
    ),
    in_pod("process.pause", sees.nobody_answers, _HANGS, {}),
    in_pod("process.kill", sees.another("process"), _STARTS, {}),
    in_pod("process.terminate", sees.another("process"), _STARTS, {}),
)
