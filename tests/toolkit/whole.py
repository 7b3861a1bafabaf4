"""An experiment of the Chaos Toolkit with every key that the format knows."""

from typing import Final

from tests.toolkit.experiments import Document as Written

_BESIDE: Final[Written] = {
    "tolerance": 1,
    "pauses": {"before": 1.0, "after": "${x}"},
    "background": False,
    "timeout": 1.0,
    "controls": [{"name": "x"}],
    "dry": "x",
}
WHOLE: Final[Written] = {
    "title": "t",
    "description": "d",
    "tags": ["x"],
    "configuration": {"x": 1},
    "secrets": {"x": {"y": 1}},
    "steady-state-hypothesis": {
        "title": "t",
        "probes": [
            {
                "type": "probe",
                "name": "h",
                **_BESIDE,
                "provider": {
                    "type": "http",
                    "url": "x",
                    "method": "GET",
                    "headers": {"x": "y"},
                    "timeout": [1.0, 2.0],
                    "arguments": {"x": 1},
                    "verify_tls": True,
                    "max_retries": 1,
                },
            },
            {"type": "probe", "name": "u", "provider": {"type": "http", "url": "x", "timeout": 1.0}},
        ],
        "controls": [{"name": "x"}],
    },
    "method": [
        {
            "type": "action",
            "name": "p",
            **_BESIDE,
            "provider": {
                "type": "python",
                "module": "x",
                "func": "y",
                "arguments": {"x": 1},
                "secrets": ["x"],
            },
        },
        {"ref": "p", "background": True},
    ],
    "rollbacks": [
        {
            "type": "action",
            "name": "r",
            **_BESIDE,
            "provider": {"type": "process", "path": "x", "arguments": ["x"], "timeout": 1.0},
        }
    ],
    "controls": [{"name": "x"}],
    "extensions": [{"name": "x", "y": 1}],
    "runtime": {"hypothesis": {"strategy": "default"}, "rollbacks": {"strategy": "default"}},
}
