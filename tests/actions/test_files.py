"""file.permission, file.missing, file.truncate, file.corrupt: the very file comes back."""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from seatrial.action import Action, Lease
from seatrial.errors import Fatal, ForeignChange
from seatrial.pack import load_packs
from seatrial.targets import files
from seatrial.targets.selector import HostSelector
from seatrial.targets.target import HostTarget
from seatrial.testing import ActionConformance

LEASE = Lease(id="run-1.f0.t0", max_hold_s=10)
CONTENT = b"rate: 5\nname: shop\n" * 100


@pytest.fixture
def target() -> HostTarget:
    (found,) = HostSelector().population()
    assert isinstance(found, HostTarget)
    return found


def make(name: str, **keys: object) -> Any:
    return load_packs().actions[name].model_validate(keys)


def picture(folder: Path) -> object:
    """Everything about every file that undo has to bring back."""
    found = []
    for path in sorted(folder.iterdir()):
        seen = path.lstat()
        found.append((path.name, seen.st_ino, seen.st_mode, seen.st_uid, seen.st_mtime_ns, path.read_bytes()))
    return found


class _File(ActionConformance):
    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path) -> None:
        (tmp_path / "shop").mkdir()
        self.file = tmp_path / "shop/shop.conf"
        self.file.write_bytes(CONTENT)
        self.file.chmod(0o640)

    def snapshot(self, target: Any) -> object:
        return picture(self.file.parent)

    def remove(self, target: Any) -> None:
        self.file.unlink(missing_ok=True)


class TestFilePermission(_File):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("file.permission", path=str(self.file))

    def foreign_change(self, target: Any, state: Any) -> None:
        self.file.chmod(0o644)


class TestFileMissing(_File):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("file.missing", path=str(self.file))

    def foreign_change(self, target: Any, state: Any) -> None:
        self.file.write_text("a new one")


class TestFileTruncate(_File):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("file.truncate", path=str(self.file), keep="20 B")

    def foreign_change(self, target: Any, state: Any) -> None:
        self.file.write_text("a new one")


@pytest.mark.slow  # its verbs are those of file.truncate
class TestFileCorrupt(_File):
    @pytest.fixture
    def action(self) -> Action[Any, Any]:
        return self.make("file.corrupt", path=str(self.file), places=3)

    def foreign_change(self, target: Any, state: Any) -> None:
        self.file.write_bytes(self.file.read_bytes() + b"more")


def applied(action: Any, target: HostTarget) -> Any:
    action.apply(target, state := action.prepare(target, LEASE))
    assert action.has_effect(target, state)
    return state


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "shop.conf"
    path.write_bytes(CONTENT)
    path.chmod(0o640)
    return path


def test_a_file_is_cut(target: HostTarget, conf: Path) -> None:
    before = picture(conf.parent)
    action = make("file.truncate", path=str(conf), keep="30 B")
    state = applied(action, target)
    assert conf.read_bytes() == CONTENT[:30]
    assert conf.stat().st_mode & 0o777 == 0o640
    action.undo(target, state)
    assert picture(conf.parent) == before


def test_bytes_are_wrong(target: HostTarget, conf: Path) -> None:
    conf.write_bytes(os.urandom(3 * 2**20 + 17))  # more than one piece
    content = conf.read_bytes()
    action = make("file.corrupt", path=str(conf), places=40)
    state = applied(action, target)
    damaged = conf.read_bytes()
    assert len(damaged) == len(content)
    wrong = [place for place, (was, now) in enumerate(zip(content, damaged, strict=True)) if was != now]
    assert len(wrong) == 40
    assert wrong[-1] > 2**20
    action.undo(target, state)
    assert conf.read_bytes() == content


def test_a_file_is_missing_through_a_link(target: HostTarget, conf: Path) -> None:
    link = conf.with_name("current.conf")
    link.symlink_to(conf)
    action = make("file.missing", path=str(link))
    state = applied(action, target)
    assert not os.path.lexists(link)
    assert conf.exists()
    action.undo(target, state)
    assert link.readlink() == conf
    action = make("file.truncate", path=str(link))
    state = applied(action, target)
    assert link.is_symlink()
    assert conf.read_bytes() == b""
    action.undo(target, state)
    assert conf.read_bytes() == CONTENT


def test_a_file_may_not_be_read(target: HostTarget) -> None:
    """By a user who is not root: the one that this test is, or nobody."""
    with tempfile.TemporaryDirectory(prefix="seatrial-") as folder:
        Path(folder).chmod(0o755)
        conf = Path(folder) / "shop.conf"
        conf.write_bytes(CONTENT)
        conf.chmod(0o644)
        assert read_by_nobody(conf) == CONTENT
        action = make("file.permission", path=str(conf), mode="000")
        state = applied(action, target)
        assert _mode(conf) == 0
        assert read_by_nobody(conf) == b""
        action.undo(target, state)
        assert _mode(conf) == 0o644
        assert read_by_nobody(conf) == CONTENT


def read_by_nobody(path: Path) -> bytes:
    """What somebody without privileges gets of it."""
    user = 65534 if os.geteuid() == 0 else None
    return subprocess.run(["cat", path], user=user, capture_output=True, check=False).stdout


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_somebody_else_has_put_there_stays(target: HostTarget, conf: Path) -> None:
    action = make("file.missing", path=str(conf))
    state = applied(action, target)
    conf.write_text("theirs")
    with pytest.raises(ForeignChange, match=r"what was there is .*\.shop\.conf\.seatrial-run-1\.f0\.t0$"):
        action.undo(target, state)
    assert conf.read_text() == "theirs"
    assert state.aside.read_bytes() == CONTENT


def test_a_fault_on_a_file_that_was_replaced_fails(target: HostTarget, conf: Path) -> None:
    for name in ("file.missing", "file.truncate", "file.corrupt", "file.permission"):
        action = make(name, path=str(conf))
        state = action.prepare(target, LEASE)
        conf.with_name("other").write_text("theirs, which is new")
        conf.with_name("other").replace(conf)
        with pytest.raises(Fatal, match="somebody else has"):
            action.apply(target, state)
        action.undo(target, state)
        assert conf.read_text() == "theirs, which is new"
        assert list(conf.parent.iterdir()) == [conf]


@pytest.mark.parametrize("name", ["file.missing", "file.truncate", "file.corrupt", "file.permission"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "is what this machine stands on"),
        ("/usr", "is what this machine stands on"),
        ("/tmp/../etc", "is what this machine stands on"),
        ("/etc/passwd", "nobody could log in"),
        ("/proc/1/environ", "is the kernel's"),
        ("/sys/kernel", "is the kernel's"),
        ("/nowhere/at/all", "there is no /nowhere/at/all"),
    ],
)
def test_what_is_refused_in_the_plan(name: str, path: str, said: str, target: HostTarget) -> None:
    assert said in make(name, path=path).refusal(target)


@pytest.mark.parametrize(
    ("name", "keys", "said"),
    [
        ("file.permission", {"path": "a", "mode": "999"}, "String should match pattern"),
        ("file.truncate", {"path": "a", "keep": "-1 B"}, "is negative"),
        ("file.corrupt", {"path": "a", "places": 0}, "greater than or equal to 1"),
        ("file.missing", {}, "Field required"),
    ],
)
def test_what_is_refused_in_the_file(name: str, keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make(name, **keys)


def test_what_cannot_be_damaged(target: HostTarget, conf: Path) -> None:
    folder, empty = conf.parent, conf.with_name("empty")
    empty.touch()
    for action, said in (
        (make("file.truncate", path=str(folder)), "is no plain file"),
        (make("file.truncate", path=str(conf), keep="1 MB"), "nothing would be cut off"),
        (make("file.corrupt", path=str(empty)), "is empty"),
        (make("file.permission", path=str(conf), mode="640"), "has mode 640 already"),
    ):
        with pytest.raises(Fatal, match=said):
            action.prepare(target, LEASE)


def test_a_user_who_may_not() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can try how others fare")
    ours, theirs = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.setuid(65534)
            path = Path("/usr/bin/env")
            said = files.missing_to_change(path) + files.missing_to_replace(path)
            os.write(theirs, "; ".join(said).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(theirs)
    with os.fdopen(ours) as heard:
        assert heard.read() == "to be root or the owner of /usr/bin/env; to write to /usr/bin"
