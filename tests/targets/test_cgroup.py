"""Where a cgroup of one's own is made and what is written to it, in trees of version 2 like those of systemd.

The trees are plain folders: what the kernel makes of the files only a machine with controllers of version 2
can show. Moving, freezing and dissolving are tried on the kernel's own tree in tests/actions/test_cgroups.py.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from seatrial.pack import load_packs
from seatrial.targets import cgroup, process
from seatrial.targets.cgroup import Hierarchy, OwnCgroup


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """As systemd has it: slices hand controllers out, services and scopes hold processes."""
    for folder, hands_out in {
        "": "cpu memory pids",
        "system.slice": "cpu memory",
        "system.slice/shop.service": "",
        "user.slice": "memory",
        "user.slice/user@1000.service": "",
        "user.slice/user@1000.service/app.slice": "",
    }.items():
        made = tmp_path / folder
        made.mkdir(exist_ok=True)
        (made / "cgroup.subtree_control").write_text(f"{hands_out}\n")
        (made / "cgroup.procs").touch()
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    return tmp_path


def hierarchy(tree: Path, root: str = "/") -> Hierarchy:
    return Hierarchy(2, frozenset({"cpu", "memory", "pids"}), tree, root)


@pytest.mark.parametrize(
    ("home", "controller", "parent"),
    [
        ("system.slice/shop.service", "cpu", "system.slice"),
        ("system.slice/shop.service", "memory", "system.slice"),
        ("system.slice/shop.service", "pids", ""),
        ("system.slice/shop.service", "freezer", "system.slice/shop.service"),
        ("user.slice/user@1000.service/app.slice", "memory", "user.slice"),
        ("user.slice/user@1000.service/app.slice", "cpu", ""),
        ("system.slice", "cpu", "system.slice"),
        ("", "cpu", ""),
    ],
)
def test_the_own_group_is_below_the_nearest_that_hands_out_the_controller(
    tree: Path, home: str, controller: str, parent: str
) -> None:
    assert cgroup._parent(hierarchy(tree), tree / home, controller) == tree / parent


def test_none_where_nobody_hands_it_out(tree: Path) -> None:
    assert cgroup._parent(hierarchy(tree), tree / "system.slice/shop.service", "io") is None


@pytest.mark.parametrize(
    ("root", "path", "folder"),
    [
        ("/", "/system.slice/shop.service", "system.slice/shop.service"),
        ("/", "/", ""),
        ("/docker/abc", "/docker/abc/system.slice", "system.slice"),
        ("/docker/abc", "/docker/abc", ""),
        ("/docker/abc", "/docker/other", None),
        ("/docker/abc", "/../outside", None),
        ("/", "/gone.slice", None),
    ],
)
def test_homes_inside_what_is_mounted(tree: Path, root: str, path: str, folder: str | None) -> None:
    found = hierarchy(tree, root)._inside(path)
    assert found == (None if folder is None else tree / folder)


@pytest.mark.parametrize(
    ("name", "keys", "written"),
    [
        ("process.cpu_limit", {"cores": 0.25}, {"cpu.max": "25000 100000"}),
        ("process.cpu_limit", {"cores": 4}, {"cpu.max": "400000 100000"}),
        ("process.memory_limit", {"headroom": "64 MiB"}, {"memory.max": "67108864"}),
    ],
)
def test_what_is_written_and_by_what_it_is_seen(
    tree: Path, name: str, keys: dict[str, object], written: dict[str, str]
) -> None:
    action: Any = load_packs().actions[name].model_validate(keys)
    home = tree / "system.slice/shop.service"
    own = OwnCgroup(version=2, folder=tree / "system.slice/seatrial-l", home=home)
    target = process.as_target(os.getpid())
    assert not action.has_effect(target, own)
    action.apply(target, own)
    assert {path.name: path.read_text() for path in own.folder.iterdir()} == {
        **written,
        "cgroup.procs": str(os.getpid()),
    }
    assert action.has_effect(target, own)
    for file in written:
        (own.folder / file).write_text("max")
    assert not action.has_effect(target, own), "somebody else has lifted the limit"
