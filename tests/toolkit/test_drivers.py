"""What is told of installed drivers is what importing them would show."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.toolkit.drivers import Driver, Function, drivers, function, problem_of


def kubernetes() -> Driver:
    pytest.importorskip("chaosk8s")
    return next(one for one in drivers() if one.name == "chaostoolkit-kubernetes")


def test_the_source_tells_what_an_import_would() -> None:
    import chaosk8s
    from chaoslib.discovery.discover import discover

    assert chaosk8s.__version__ == kubernetes().version
    told = {(one.module, one.func): one for one in kubernetes().functions}
    discovered = discover("chaostoolkit-kubernetes", download_and_install=False)["activities"]
    assert len(discovered) > 90
    for activity in discovered:
        one = told[activity["mod"], activity["name"]]
        real = getattr(importlib.import_module(one.module), one.func)
        assert (one.doc or None) == activity["doc"]
        assert list(one.known) == list(inspect.signature(real).parameters)
        assert set(one.required) == {a["name"] for a in activity["arguments"] if "default" not in a}


def test_kinds() -> None:
    kinds = {(one.module, one.kind) for one in kubernetes().functions}
    assert ("chaosk8s.deployment.actions", "action") in kinds
    assert ("chaosk8s.pod.probes", "probe") in kinds


def test_controls_are_modules() -> None:
    addons = next(one for one in drivers() if one.name == "chaostoolkit-addons")
    assert "chaosaddons.controls.safeguards" in addons.controls
    assert not [one for one in addons.functions if one.func.endswith("_control")]


def test_they_are_listed() -> None:
    command = [sys.executable, "-m", "seatrial", "list", "drivers"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "\nchaostoolkit-kubernetes " in said
    scale = (
        "  action    chaosk8s.deployment.actions.scale_deployment(name: str, replicas: int, "
        "ns: str='default', secrets: Secrets=None)\n"
        "              Scale a deployment up or down. The `name` is the name of the deployment.\n"
        "              undo: scale it back to the replicas that it had\n"
    )
    assert scale in said
    assert "  control   chaosaddons.controls.safeguards\n" in said


def test_nothing_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from seatrial.toolkit.drivers import drivers; assert drivers();"
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('chaosk8s', 'chaosaddons', 'chaosprometheus', 'chaoslib', 'kubernetes')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


SOURCE = '''
import os
from made_up.inner import renamed as other
from os import getcwd

__all__ = ["hurt", "other"]

def hurt(name: str, *, much: int = 1, secrets: dict | None = None, **more: str) -> bool:
    """Hurts."""

async def wait(name, configuration): ...

def _private(): ...
'''


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "made_up"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('this is not to be run')")
    (package / "actions.py").write_text(SOURCE)
    (package / "inner.py").write_text("def renamed(x): ...\n")
    (package / "broken.py").write_text("def (:\n")
    (package / "open.py").write_text("from made_up.inner import *\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for memory in ("_spec", "_tree", "_functions"):
        getattr(importlib.import_module("seatrial.toolkit.drivers"), memory).cache_clear()


@pytest.mark.usefixtures("made_up")
def test_a_function_in_full() -> None:
    assert function("made_up.actions", "hurt") == Function(
        module="made_up.actions",
        func="hurt",
        kind="action",
        signature="(name: str, *, much: int=1, secrets: dict | None=None, **more: str) -> bool",
        required=("name",),
        known=("name", "much", "secrets"),
        takes_any=True,
        doc="Hurts.",
    )
    other = function("made_up.actions", "other")
    assert other is not None
    assert (other.module, other.func, other.required) == ("made_up.actions", "other", ("x",))
    assert function("made_up.actions", "_private") is None
    assert function("made_up.actions", "getcwd") is None


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("module", "func", "arguments", "said"),
    [
        ("made_up.actions", "hurt", {"name": "a", "anything": 1}, ""),
        ("made_up.actions", "hurt", {}, "hurt needs name: add it to `arguments`; it takes (name: str"),
        ("made_up.actions", "wait", {"name": 1}, ""),
        ("made_up.actions", "wait", {"name": 1, "more": 1}, "wait does not take more: remove it; it takes"),
        ("made_up.actions", "hrt", {}, "made_up.actions has no function 'hrt': use one of hurt, other, wait"),
        ("made_up.broken", "hurt", {}, ""),
        ("made_up.open", "hurt", {}, ""),
        (
            "made_up.none",
            "hurt",
            {},
            "there is no module 'made_up.none': mend the name, or install its driver",
        ),
        ("nowhere", "hurt", {}, "there is no module 'nowhere': mend the name, or install its driver"),
        ("os.path", "exists", {"path": "/"}, ""),
        ("builtins", "len", {"obj": ""}, ""),
    ],
)
def test_problems_of_calls(module: str, func: str, arguments: dict[str, str | int], said: str) -> None:
    told = problem_of(module, func, dict(arguments))
    assert told.startswith(said)
    assert bool(told) == bool(said)
